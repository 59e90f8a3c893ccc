"""Headers of every answer, errors included."""

from typing import Final

from flask import Flask, Response

_POLICY: Final = "; ".join((
    "default-src 'self'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:",
    "connect-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'",
    "form-action 'self'",
))


def init_app(app: Flask, *, https: bool) -> None:
    headers = {
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
    }
    if https:
        headers["Strict-Transport-Security"] = "max-age=31536000"

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        # Pages show what only this person may see; "back" after signing out must not.
        response.headers.setdefault("Cache-Control", "no-store")
        response.vary.update(("HX-Request", "HX-Request-Type"))
        return response
