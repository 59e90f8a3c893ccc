"""Whether only a piece of a page is asked for."""

from flask import request


def wants_partial() -> bool:
    """Whether htmx asks for a piece of this page, and not for the page on its way back through history."""
    is_partial = request.headers.get("HX-Request-Type") == "partial"
    return is_partial and "HX-History-Restore-Request" not in request.headers
