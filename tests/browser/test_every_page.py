"""Every page a person can come to by links: no barriers, nothing wider than the screen, in light and dark."""

import re
from collections import deque
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import sign_in
from tests.support.app_under_test import App
from tests.support.waiting import wait_until

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE, PHONE, NARROW = 1280, 360, 320
LOOKS = ((WIDE, "light"), (WIDE, "dark"), (PHONE, "light"), (PHONE, "dark"))
FORMS = (
    "/login",
    "/workflows/broken/live",
    "/workflows/report/steps?edit=get",
    "/workflows/report/steps/add?type=wait",
    "/workflows/loops/steps",
    "/workflows/loops/steps/add?in=check.then&type=wait",
    "/workflows/loops/versions/1",
    "/workflows/nothing-here",
    "/styleguide",
)
NOT_PAGES = re.compile(
    r"^/(static|api|live|ws|logout)\b|\.(txt|csv|json|ics|ya?ml)$|/(download|export|log\.txt)"
)
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")

NOTE = {"key": "note", "type": "write_log", "name": "Say hello", "with": {"message": "Hello"}}
GET = {"key": "get", "type": "http_request", "name": "Get sales", "with": {"url": "http://nobody.invalid/"}}
CHECK = {"key": "check", "type": "if", "name": "Is it Bob?", "then": [NOTE],
         "with": {"left": "{{ item }}", "is": "is", "right": "Bob"}}
LOOP = {"key": "each", "type": "for_each", "name": "Each person", "with": {"list": "Ann, Bob"},
        "steps": [CHECK], "if_fails": [{**NOTE, "key": "tell"}]}
STARTS = [
    {"name": "Mornings", "kind": "schedule", "schedule": {"weekly": {"days": ["mon"], "times": ["09:00"]}}},
    {"name": "Nights", "kind": "schedule", "schedule": {"cron": "0 2 * * *", "timezone": "America/New_York"}},
    {"name": "Orders", "kind": "webhook", "signed": True},
]


@pytest.fixture(scope="module")
def app(used_app: App) -> App:
    """An installation in which things went well, went wrong and are half done."""
    with used_app.client() as client:
        for name, steps, more in (
            ("Hello", [NOTE], {}),
            ("Report", [GET, NOTE], {}),
            ("Loops", [LOOP], {}),
            ("Broken", [{**NOTE, "with": {}}], {"draft": True}),
        ):
            made = client.post(
                "/api/workflows", json={"name": name, "starts": STARTS, "steps": steps, **more}
            )
            assert made.status_code == 201, made.text
            if not more:
                workflow = f"/api/workflows/{made.json()['id']}"
                assert client.patch(workflow, json={"state": "on"}).is_success
                assert client.post(f"{workflow}/execute", json={}).is_success
    wait_until(lambda: statuses(used_app) == ["completed", "completed", "failed"], seconds=60)
    return used_app


def statuses(app: App) -> list[str]:
    return sorted(row.status for row in app.rows("SELECT status FROM executions"))


def test_no_page_has_a_barrier_or_is_wider_than_the_screen(app: App, chromium: Browser) -> None:
    context = chromium.new_context(base_url=app.url, bypass_csp=True, reduced_motion="reduce")
    page = context.new_page()
    sign_in(page)
    troubles, seen, waiting = [], set(), deque([*FORMS, *pages_of_loops(app), "/"])
    while waiting:
        path = waiting.popleft()
        if kind_of(path) in seen:
            continue
        seen.add(kind_of(path))
        answer = page.goto(path)
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        if answer.status not in (200, 404):
            troubles.append((path, answer.status))
        troubles += [(path, *trouble) for trouble in troubles_of(page)]
        waiting.extend(links_on(page))
    context.close()
    assert not troubles, "\n".join(map(str, troubles))
    assert len(seen) > 25, sorted(seen)


def pages_of_loops(app: App) -> list[str]:
    """Return the pages of the run that has items: its steps, its items, the steps of one."""
    (run,) = app.rows("SELECT execution_id FROM execution_steps WHERE step_key = 'each'")
    return [f"/executions/{run.execution_id}?{asked}" for asked in (
        "tab=steps", "loop=each", "loop=each&item=2", "tab=log&loop=each&item=2")]


def troubles_of(page: Page) -> list[Any]:
    found: list[Any] = []
    page.evaluate(AXE)
    for width, scheme in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        violations = page.evaluate(
            "rules => axe.run(document, {runOnly: rules}).then(r => r.violations.map("
            "v => [v.id, v.nodes[0].target.join(' '), v.nodes[0].html.slice(0, 120)]))",
            RULES,
        )
        found += [(width, scheme, *violation) for violation in violations]
    for width in (WIDE, PHONE, NARROW):
        page.set_viewport_size({"width": width, "height": 800})
        too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if too_wide > 0:
            found.append((width, "too wide by", too_wide))
    return found


def links_on(page: Page) -> list[str]:
    """Return the addresses of this site that links lead to, one for each kind of page."""
    addresses = page.eval_on_selector_all("a[href]:not([download])", "links => links.map(link => link.href)")
    parts = [urlsplit(address) for address in addresses]
    here = urlsplit(page.url).netloc
    paths = [part.path + (f"?{part.query}" if part.query else "") for part in parts if part.netloc == here]
    return [path for path in dict.fromkeys(paths) if not NOT_PAGES.search(path)]


def kind_of(path: str) -> str:
    """Say what page an address leads to, whatever it is about."""
    part = urlsplit(ID.sub("<id>", path))
    names = sorted(pair.partition("=")[0] for pair in part.query.split("&") if pair)
    kind = re.sub(r"/\d{4}-\d\d-\d\dT[^/]+", "/<moment>", part.path)
    kind = re.sub(r"/\d+", "/<number>", kind)
    kind = re.sub(r"^/workflows/(hello|report|loops)(?=/|$)", "/workflows/<slug>", kind)
    tab = re.search(r"(?:tab|view)=(\w+)", part.query)
    return f"{kind}?{','.join(names)}{tab[1] if tab else ''}"
