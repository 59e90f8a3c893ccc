"""The help page answers in the words of those who ask, and leads where it says."""

import re

from tests.web.browser import Browser


def test_every_link_on_the_help_page_leads_somewhere(ann: Browser) -> None:
    page = ann.get("/help")
    assert page.status_code == 200
    links = set(re.findall(r'<a href="(/[^"#]*)"', page.text))
    assert {"/workflows/new", "/monitoring", "/settings/tokens", "/settings/health"} <= links
    assert {link: ann.get(link).status_code for link in links} == dict.fromkeys(links, 200)
