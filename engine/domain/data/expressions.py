"""The small language inside `{{ … }}`: a path and filters, read in one pass, never evaluated."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from engine.domain.data.lookups import as_segment
from engine.domain.errors import Invalid

Literal = str | int | float | bool | None
OPENING: Final = "{{"
MAX_TEXT: Final = 200_000
MAX_SEGMENTS: Final = 30
MAX_FILTERS: Final = 10

_SPACE: Final = re.compile(r"\s*")
_NAME: Final = re.compile(r"[\w-]+")
_STRING: Final = re.compile(r'"([^"]*)"|\'([^\']*)\'')
_NUMBER: Final = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?")
_WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Filter:
    """`| round(2)`: a name from the closed list in `filters` and its plain arguments."""

    name: str
    arguments: tuple[Literal, ...] = ()


@dataclass(frozen=True, slots=True)
class Expression:
    """One `{{ … }}`. The path starts with its root: `steps`, `inputs` or `run`."""

    path: tuple[str | int, ...]
    filters: tuple[Filter, ...]
    text: str

    @property
    def step(self) -> str | None:
        """The key of the step this looks into, if it does."""
        return str(self.path[1]) if self.path[0] == "steps" and len(self.path) > 1 else None


@lru_cache(maxsize=4096)
def parse(text: str) -> tuple[str | Expression, ...]:
    """Cut a text into plain pieces and expressions, in order."""
    if len(text) > MAX_TEXT:
        raise _refused(f"This text is too long to hold values: {MAX_TEXT:,} characters at most.")
    parts: list[str | Expression] = []
    start = 0
    while (opening := text.find(OPENING, start)) >= 0:
        if opening > start:
            parts.append(text[start:opening])
        scanner = _Scanner(text, opening)
        parts.append(scanner.expression())
        start = scanner.position
    if start < len(text):
        parts.append(text[start:])
    return tuple(parts)


class _Scanner:
    """Reads one expression from left to right; `position` ends behind its `}}`."""

    def __init__(self, text: str, opening: int) -> None:
        self.text = text
        self.opening = opening
        self.position = opening + len(OPENING)

    def expression(self) -> Expression:
        path = self._path()
        filters: list[Filter] = []
        while self._take("|"):
            filters.append(self._filter())
        if not self._take("}}"):
            raise self._unreadable()
        if len(path) > MAX_SEGMENTS or len(filters) > MAX_FILTERS:
            raise _refused(f"{self._shown()} is too long. Use a shorter path and fewer filters.")
        return Expression(path, tuple(filters), self.text[self.opening : self.position])

    def _path(self) -> tuple[str | int, ...]:
        path: list[str | int] = [self._segment()]
        while True:
            if self._take("."):
                path.append(self._segment())
            elif self._take("["):
                path.append(self._bracketed())
            else:
                return tuple(path)

    def _segment(self) -> str | int:
        word = self._match(_NAME)
        if word is None:
            raise self._unreadable()
        return as_segment(word.group())

    def _bracketed(self) -> str | int:
        quoted = self._match(_STRING)
        segment = self._segment() if quoted is None else _inside(quoted)
        if not self._take("]"):
            raise self._unreadable()
        return segment

    def _filter(self) -> Filter:
        name = self._match(_NAME)
        if name is None:
            raise self._unreadable()
        arguments: list[Literal] = []
        if self._take("(") and not self._take(")"):
            arguments.append(self._literal())
            while self._take(","):
                arguments.append(self._literal())
            if not self._take(")"):
                raise self._unreadable()
        return Filter(name.group(), tuple(arguments))

    def _literal(self) -> Literal:
        if quoted := self._match(_STRING):
            return _inside(quoted)
        if number := self._match(_NUMBER):
            return float(number.group()) if "." in number.group() else int(number.group())
        word = self._match(_NAME)
        if word is None or word.group() not in _WORDS:
            raise self._unreadable()
        return _WORDS[word.group()]

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        self._skip_space()
        found = pattern.match(self.text, self.position)
        if found:
            self.position = found.end()
        return found

    def _take(self, mark: str) -> bool:
        self._skip_space()
        if not self.text.startswith(mark, self.position):
            return False
        self.position += len(mark)
        return True

    def _skip_space(self) -> None:
        found = _SPACE.match(self.text, self.position)
        self.position = found.end() if found else self.position

    def _shown(self) -> str:
        return f"“{self.text[self.opening : self.opening + 60]}”"

    def _unreadable(self) -> Invalid:
        return _refused(
            f"{self._shown()} can't be read as a value. "
            "Write it like {{ steps.sales.rows.count }} and close it with }}."
        )


def _inside(quoted: re.Match[str]) -> str:
    return next(group for group in quoted.groups() if group is not None)


def _refused(message: str) -> Invalid:
    return Invalid(message, code="reference")
