"""The web front door: `create_app` for servers, and the command line."""

import sys

from apiflask import APIFlask
from werkzeug.middleware.proxy_fix import ProxyFix

import blueprints
from blueprints.shared import errors, extensions, headers, identity, security, templating
from blueprints.shared.configuration import flask_config, is_https
from blueprints.shared.json_format import JsonFormat, JsonRequest
from commands import command_line
from engine import config, wiring
from engine.config import Settings


def create_app(settings: Settings | None = None) -> APIFlask:
    """Build the web application; without `settings` from the environment."""
    settings = settings or config.load()
    app = APIFlask(__name__, title="Carillon", version="0.1.0", spec_path="/api/openapi.json",
                   docs_path=None, json_errors=False)
    app.config.from_mapping(flask_config(settings))
    app.json = JsonFormat(app)
    app.request_class = JsonRequest
    app.extensions["carillon"] = wiring.build(settings)
    app.extensions["carillon_known"] = {}
    if settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)
    headers.init_app(app, https=is_https(settings))
    security.init_app(app)
    extensions.init_app(app)
    identity.init_app(app)
    errors.init_app(app)
    templating.install(app)
    blueprints.register(app)
    return app


if __name__ == "__main__":
    sys.exit(command_line.main(sys.argv[1:]))
