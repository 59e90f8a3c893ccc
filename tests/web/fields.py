"""What a browser would send of a form, read from its page."""

from html.parser import HTMLParser
from typing import Any


class _Fields(HTMLParser):
    """Collects the fields of the last form on a page that is not in the header."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self.list_name: str | None = None
        self.area_name: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.fields = {}
        elif tag == "input" and given.get("name"):
            ticked = given.get("type") not in ("radio", "checkbox") or "checked" in given
            if ticked:
                self.fields.setdefault(given["name"], []).append(given.get("value", "on"))
        elif tag == "select":
            self.list_name = given.get("name")
        elif tag == "option" and self.list_name:
            if "selected" in given or self.list_name not in self.fields:
                self.fields[self.list_name] = [given.get("value", "")]
        elif tag == "textarea":
            self.area_name = given.get("name")
            self.fields[given.get("name", "")] = [""]

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.list_name = None
        elif tag == "textarea":
            self.area_name = None

    def handle_data(self, data: str) -> None:
        if self.area_name:
            self.fields[self.area_name][0] += data


def fields_of(html: str, action: str | None = None) -> dict[str, Any]:
    """Read the form that is sent to `action`, or else the last one of the page."""
    if action is not None:
        html = html.partition(f'action="{action}"')[2].partition("</form>")[0]
    reader = _Fields()
    reader.feed(html)
    return {
        name: values if len(values) > 1 else values[0]
        for name, values in reader.fields.items()
        if name != "csrf_token"
    }
