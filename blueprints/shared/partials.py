"""Whether only a piece of a page is asked for, and pages that come as a dialog then."""

from typing import Any

from flask import render_template, request


def wants_partial() -> bool:
    """Whether htmx asks for a piece of this page, and not for the page on its way back through history."""
    is_partial = request.headers.get("HX-Request-Type") == "partial"
    return is_partial and "HX-History-Restore-Request" not in request.headers


def question(title: str, body: str, **context: Any) -> str:
    """Ask before something happens: `body` is a partial, shown on a page of its own or in the dialog."""
    frame = "executions/confirm_dialog.html" if wants_partial() else "executions/confirm.html"
    return render_template(frame, title=title, body=body, **context)
