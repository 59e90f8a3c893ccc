"""What a dry run takes for values that nobody knows yet, written so that everybody sees it: ‹status of a›."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote_plus

from engine.domain.data.plain import in_texts

_WHOLE: Final = "answer"
_WRITTEN: Final = re.compile(r"‹(.+?) of (.+)›", re.DOTALL)
_SOMEWHERE: Final = re.compile(r"‹.+? of .+?›", re.DOTALL)
_ENCODED: Final = re.compile(r"%E2%80%B9.+?%E2%80%BA", re.IGNORECASE)


class StandIn(str):
    """A value of the step called `of`; whatever is looked up in it is a stand-in too."""

    __slots__ = ("_of", "_path")
    _of: str
    _path: str

    def __new__(cls, of: str, path: str = "") -> "StandIn":
        made = super().__new__(cls, f"‹{path or _WHOLE} of {of}›")
        made._of, made._path = of, path
        return made

    def inside(self, segment: object) -> "StandIn":
        return StandIn(self._of, f"{self._path}.{segment}" if self._path else str(segment))


class Example(dict[str, Any]):
    """What is known of the answer of the step called `of`; stand-ins for all the rest."""

    def __init__(self, of: str, known: Mapping[str, Any]) -> None:
        super().__init__(known)
        self._of = of

    def get(self, key: Any, default: Any = None) -> Any:  # noqa: ARG002 - it never comes to that
        return self[key] if key in self else StandIn(self._of, str(key))


def are_in(value: Any) -> bool:
    """Whether a stand-in is somewhere in `value`, be it inside a longer text."""
    if isinstance(value, str):
        return _SOMEWHERE.search(value) is not None
    if isinstance(value, Example):
        return True
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return any(are_in(part) for part in parts)


def revived(value: Any) -> Any:
    """Make stand-ins of what was written down of them."""
    return in_texts(value, _revived)


def readable(value: Any) -> Any:
    """Write the stand-ins in addresses and forms as people read them, not in the encoding of the web."""
    return in_texts(value, lambda text: _ENCODED.sub(lambda found: unquote_plus(found[0]), text))


def _revived(text: str) -> str:
    written = _WRITTEN.fullmatch(text)
    return StandIn(written[2], "" if written[1] == _WHOLE else written[1]) if written else text
