import json
from datetime import datetime
from pathlib import Path

import pytest

from engine.domain.errors import Invalid
from engine.domain.time.cron import next_times

CASES = [json.loads(line) for line in
         (Path(__file__).parent / "data" / "cron_sample.jsonl").read_text().splitlines()]


def answer(case):
    count = len(case.get("next", [])) or 5
    try:
        found = next_times(case["expr"], case["tz"], datetime.fromisoformat(case["start"]), count)
    except Invalid:
        return "invalid"
    return [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in found]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_sample_expression_gives_the_known_times(case):
    refused = case.get("invalid") or case.get("never")
    accepted = case.get("accept") or ["invalid" if refused else case["next"]]
    assert answer(case) in accepted
