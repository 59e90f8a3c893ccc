"""Get a web page or data, or send something to a web address."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx2

from engine.domain.data.masking import Secrets, masked_text
from engine.domain.data.sizes import size_words
from engine.domain.errors import StepFailed
from engine.steps._base import Effect, Finished, Outcome, StepContext, StepType
from engine.steps._guard import Resolve
from engine.steps._http import Answer, ask
from engine.steps._http_answer import contents, headers_of, refusal, rows_of
from engine.steps._http_settings import HttpRequestSettings, accepted_ranges, with_parsed_body
from engine.steps._network import Exchange, system_resolve

# What the other side may echo.
_MAY_HOLD_SECRETS = {"headers", "query", "body"}


class HttpRequest(StepType[HttpRequestSettings]):
    key = "http_request"
    name = "Get a web page or data"
    summary = "Ask a web address for data, or send something there (HTTP)"
    group = "Get something"
    icon = "globe"
    effect = "repeatable"
    outputs = {
        "data": "What came back", "rows": "Rows", "rows.count": "Number of rows",
        "status": "Status number", "url": "Final address",
    }
    Settings = HttpRequestSettings

    def __init__(self, resolve: Resolve = system_resolve) -> None:
        self._resolve = resolve

    def run(self, context: StepContext, settings: HttpRequestSettings) -> Outcome:
        exchange = _begin(context, settings)
        call = settings.call(context.idempotency_key)
        call = replace(call, max_bytes=min(call.max_bytes, context.max_payload))
        answer = ask(call, context.network, exchange, self._resolve)
        if answer.is_cut:
            limit = size_words(call.max_bytes)
            context.log("warn", f"The answer is larger than {limit}; the rest was left out")
        secrets = Secrets(settings.model_dump(include=_MAY_HOLD_SECRETS))
        try:
            if not settings.accepts(answer.status):
                raise refusal(answer, exchange, context.at)
            return Finished(secrets.hide(_output(answer, settings, exchange)))
        except StepFailed as failure:
            failure.detail = secrets.hide(failure.detail)
            raise

    def preview(self, context: StepContext, settings: HttpRequestSettings) -> Any:
        call = settings.call(context.idempotency_key)
        return {
            "method": call.method, "url": call.url,
            "headers": {**call.own_headers, **call.headers},
            "body": call.content.decode() if call.content is not None else None,
        }

    def example(self, settings: HttpRequestSettings) -> Mapping[str, Any]:
        status = accepted_ranges(settings.accept)[0][0]
        return {"status": status, "ok": 200 <= status <= 299}

    def describe(self, written: Mapping[str, Any]) -> str:
        address = str(written.get("url") or "(no address yet)").strip()
        shown = address.partition("://")[2].partition("?")[0] or address
        return f"{written.get('method', 'GET')} {shown}"

    def effect_of(self, settings: HttpRequestSettings) -> Effect:
        if settings.method in ("GET", "HEAD"):
            return "none"
        return "repeatable" if settings.safe_to_repeat else "once"

    def unpack(self, written: Mapping[str, Any]) -> Mapping[str, Any]:
        return with_parsed_body(written)


def _begin(context: StepContext, settings: HttpRequestSettings) -> Exchange:
    left = max(context.time_left.total_seconds(), 0)
    host = httpx2.URL(settings.url).host
    cut_by_run = left < settings.timeout_seconds
    return Exchange.begin(host, min(left, settings.timeout_seconds), cut_by_run=cut_by_run)


def _output(answer: Answer, settings: HttpRequestSettings, exchange: Exchange) -> dict[str, Any]:
    data = contents(answer, settings.read_as, exchange)
    return {
        "status": answer.status, "ok": 200 <= answer.status <= 299,
        "headers": headers_of(answer), "data": data, "rows": rows_of(data),
        "url": masked_text(answer.url),
    }
