"""What form views share."""

from flask import request


def text(name: str) -> str:
    """Return the field as it was typed, without the spaces around it."""
    return request.form.get(name, "").strip()


def local_path(path: str | None) -> str | None:
    """Return `path` when it leads to a page here; None for other sites and whatever browsers read as such."""
    if not path or not path.startswith("/") or path[1:2] in ("/", "\\"):
        return None
    return path if path.isprintable() and "\\" not in path else None
