"""Reading what pages and partials say."""

import re


def rows(html: str) -> dict[str, str]:
    """Every row of a list of runs by its id, as it is written."""
    return {found[1]: found[0] for found in re.finditer(r'<tr id="([^"]+)".*?</tr>', html, re.DOTALL)}


def cursor(html: str) -> str:
    """Where a page, or an answer, says to go on from."""
    found = re.search(r'id="cursor" name="since" value="([^"]+)"', html)
    assert found, html
    return found[1]


def new_rows(html: str) -> list[str]:
    """The ids of rows that are to go on top of the list, in order."""
    return re.findall(r'<hx-partial hx-target="#run-list" hx-swap="afterbegin">\s*<tr id="([^"]+)"', html)
