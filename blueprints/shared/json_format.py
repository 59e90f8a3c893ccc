"""JSON as the interface speaks it: strict when reading, moments with a Z when writing."""

import json
from datetime import datetime
from typing import Any, NoReturn

from flask import Request
from flask.json.provider import DefaultJSONProvider

from engine.domain.errors import Invalid
from engine.domain.words import utc_text


def _write(value: Any) -> Any:
    if isinstance(value, datetime):
        return utc_text(value)
    return DefaultJSONProvider.default(value)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


class JsonFormat(DefaultJSONProvider):
    default = staticmethod(_write)
    ensure_ascii = False
    sort_keys = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        try:
            return json.loads(s, parse_constant=_refuse, **kwargs)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


class JsonRequest(Request):
    """A request without a body counts as one with an empty object, so that `curl -X POST` starts a run."""

    def on_json_loading_failed(self, e: ValueError | None) -> Any:
        return super().on_json_loading_failed(e) if self.get_data() else {}

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """Read the body; `null` is refused, for it would pass as an empty object further on."""
        found = super().get_json(force=force, silent=silent, cache=cache)
        if found is None and (force or self.is_json) and not silent:
            raise Invalid("Send a JSON object")
        return found
