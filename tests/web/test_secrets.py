"""What a run began with under a telling name is in clear nowhere: not where it is said again."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.domain.data.masking import MASK
from tests.web.browser import Browser

NOTE = {"key": "note", "name": "Note", "type": "write_log",
        "with": {"message": "pw is {{ inputs.login.password }}"}}
PICK = {"key": "pick", "name": "Pick", "type": "pick_fields",
        "with": {"from": "{{ inputs }}", "fields": {"pw": "login.password", "said": "note"}}}
GIVEN = {"login": {"password": "hunter2"}, "note": "it is hunter2"}


@pytest.mark.parametrize("part", ["", "?tab=log", "?tab=data", "/log", "/data/0", "/data/1", "/data/2"])
def test_no_page_of_a_run_and_no_download_says_it(
    ann: Browser, run: Callable[..., str], part: str
) -> None:
    shown = ann.get(f"/executions/{run(NOTE, PICK, **GIVEN)}{part}")
    assert (shown.status_code, "hunter2" in shown.text) == (200, False)
    assert MASK in shown.text or MASK in str(shown.json)


def test_nor_does_the_form_to_run_it_with_changed_data(ann: Browser, run: Callable[..., str]) -> None:
    form = ann.get(f"/executions/{run(NOTE, **GIVEN, region='north')}/replay").text
    assert ("hunter2" in form, "north" in form) == (False, True)


def test_nor_do_the_samples_beside_the_fields_of_a_step(
    ann: Browser, run: Callable[..., str], row: Callable[[], Any]
) -> None:
    run(NOTE, PICK, **GIVEN, region="north")
    form = ann.get(f"/workflows/{row().slug}/steps?edit=pick").text
    assert ("hunter2" in form, "north" in form, MASK in form) == (False, True, True)
