"""One shell command as words – if it is one plain command, and not a script in one line."""

import re
import shlex
from typing import Final

from engine.domain.errors import Invalid

_PIECES: Final = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^'"\\]+""", re.DOTALL)
_COMMENT: Final = re.compile(r"\s#")
_OPERATORS: Final = frozenset("();<>|&")
# What sends output nowhere, and so changes nothing about the command.
_SILENCED: Final = re.compile(
    r"(?:\s(?:[12]?|&)>{1,2}\s*/dev/null|\s2>\s*&1|\s1?>\s*&2|\s</dev/null)+\s*$", re.ASCII)


def plain_words(command: str) -> list[str]:
    """Return the words of a single command, quotes resolved; `Invalid` says what makes it more than that."""
    command = _SILENCED.sub("", _without_comment(f" {command}")).strip()
    if _expands(command):
        raise Invalid("it uses a variable or another command ($ or `)")
    try:
        words = list(_lexer(command))
    except ValueError:
        raise Invalid("a quotation mark is not closed") from None
    for word in words:
        if word and set(word) <= _OPERATORS:
            raise Invalid(f"it uses the shell ({word})")
        if word.startswith("#"):
            raise Invalid("it has a # in it, which may begin a comment")
    return words


def _without_comment(command: str) -> str:
    """Leave out a comment; a # with no quotation mark behind it can't stand inside quotes."""
    comment = _COMMENT.search(command, max(command.rfind("'"), command.rfind('"')) + 1)
    return command[:comment.start()] if comment else command


def _lexer(command: str) -> shlex.shlex:
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    return lexer


def _expands(command: str) -> bool:
    """Whether anything stands outside single quotes that a shell might fill in."""
    pieces = [piece for piece in _PIECES.findall(command) if not piece.startswith("'")]
    return any("$" in piece or "`" in piece for piece in pieces)
