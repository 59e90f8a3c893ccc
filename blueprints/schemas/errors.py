"""What every refusal looks like as JSON, for the description; `blueprints/shared/errors.py` writes it."""

from typing import Any, Final

_PROBLEM: Final[dict[str, Any]] = {
    "code": {"type": "string"},
    "message": {"type": "string"},
    "field": {
        "anyOf": [{"type": "string"}, {"type": "null"}],
        "description": "The place in the body, such as starts.0.schedule.cron.",
    },
}
REFUSAL: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {
        "type": "object",
        "required": [*_PROBLEM],
        "properties": {
            **_PROBLEM,
            "problems": {
                "type": "array", "items": {"type": "object", "properties": _PROBLEM},
                "description": "All of them, when there is more than one.",
            },
            "reference": {"type": "string", "description": "What to look for in the log, on a 500."},
        },
    }},
}
