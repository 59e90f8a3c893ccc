"""The addresses other programs call to start a workflow, signed where the start says so."""

from typing import Any, Final
from urllib.parse import parse_qs

from apiflask import APIBlueprint
from flask import Response, current_app, request
from flask_login import current_user
from sqlalchemy import Row
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from blueprints.schemas import webhooks as schemas
from blueprints.schemas.base import Answer
from blueprints.shared.extensions import limiter, parts, reading, writing
from blueprints.shared.security import requires
from engine import clock
from engine.domain.workflows import webhooks
from engine.domain.workflows.webhooks import Call, Refused
from engine.faults import point
from engine.queries.visibility import authorize_trigger
from engine.queries.workflows import webhooks as queries
from engine.services.workflows import triggers
from engine.services.workflows import webhooks as services

bp = APIBlueprint("api_webhooks", __name__, url_prefix="/api", tag="Webhooks")

_FORM: Final = "application/x-www-form-urlencoded"


def _is_refused(response: Response) -> bool:
    return response.status_code in (403, 404)


@bp.post("/webhooks/<trigger_id>")
@bp.output(schemas.Accepted, status_code=202)
@limiter.limit("60 per minute", deduct_when=_is_refused)
def receive(trigger_id: str) -> Answer:
    """Start a run with what is sent: JSON, a form or text.

    The same delivery again – by `Idempotency-Key`, `Webhook-Id` or `X-GitHub-Delivery`, or with the same
    signature – is answered with the run it started. The answer comes after the run is kept.
    """
    at, raw = clock.now(), _raw()
    start = queries.open_address(reading(), trigger_id)
    digest = _signed(start, raw) if start.config.get("signed") else None
    query = _flat(request.args.to_dict(flat=False))
    given = webhooks.inputs_of(start.inputs, _body(raw), request.headers, query)
    call = Call(trigger_id, given, webhooks.key_of(request.headers), digest)
    with writing() as uow:
        execution_id = services.receive(uow, start.workflow_id, call, at)
    point("before_answer")
    return schemas.Accepted(execution_id=execution_id)


@bp.post("/triggers/<trigger_id>/secret")
@bp.output(schemas.Secret, status_code=201)
@bp.doc(security="token")
@requires("editor")
def renew(trigger_id: str) -> Answer:
    """Make a new secret to sign calls with. It is shown once; the one before ends, and unsigned calls too."""
    with writing() as uow:
        authorize_trigger(uow.connection, current_user, trigger_id, "editor")
        generation = triggers.renew_secret(uow, trigger_id, by=current_user.id, at=clock.now())
    return schemas.Secret(secret=webhooks.secret_of(parts().settings.secret_key(), trigger_id, generation))


def _signed(start: Row[Any], raw: bytes) -> str:
    """Return what stands for the signature; note who calls with a wrong one."""
    at, headers = clock.now(), request.headers
    generation, key = start.config.get("generation", 0), parts().settings.secret_key()
    try:
        secret = webhooks.secret_of(key, start.id, generation)
        return webhooks.check_signature(
            secret, headers.get(webhooks.TIMESTAMP, ""), headers.get(webhooks.SIGNATURE, ""), raw, at)
    except Refused as error:
        with writing() as uow:
            services.refuse(uow, start.id, error.message, at)
        raise


def _raw() -> bytes:
    """Read the body as it came. One that is sent in pieces ends at the limit, so a full one was too large."""
    raw, most = request.get_data(), request.max_content_length
    if request.content_length is None and most is not None and len(raw) >= most:
        raise RequestEntityTooLarge
    return raw


def _body(raw: bytes) -> Any:
    """Read the body by its kind; nothing is guessed from what it looks like."""
    kind = request.mimetype
    if not raw:
        return None
    text = raw.decode("utf-8", "replace").replace("\0", "\ufffd")
    try:
        if kind == "application/json" or kind.endswith("+json"):
            return current_app.json.loads(raw)
        if kind == _FORM:
            return _flat(parse_qs(text, keep_blank_values=True, max_num_fields=1_000))
    except ValueError as error:
        raise BadRequest from error
    if kind and not kind.startswith("text/"):
        raise UnsupportedMediaType
    return text


def _flat(fields: dict[str, list[str]]) -> dict[str, Any]:
    """A name that was sent once has a value, one that was sent again a list."""
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}
