"""What the lines of a crontab become: drafts with a schedule, or the reason why not."""

from datetime import UTC, datetime

import pytest

from engine.domain.crontab_drafts import Draft, drafts_of, plan_import
from engine.domain.crontabs import Left
from engine.domain.definition_steps import check_steps
from engine.domain.errors import Invalid
from engine.domain.sentences import sentence
from engine.steps import registry

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def draft(text: str) -> Draft:
    (found,) = drafts_of(plan_import(text, at=AT, timezone="Europe/Berlin"))
    return found


def test_one_request_becomes_an_http_step():
    made = draft("*/5 * * * * curl -fsS https://shop.example/cron.php?key=a >/dev/null")

    assert (made.name, made.why) == ("shop.example/cron.php", None)
    assert made.steps[0]["with"] == {"url": "https://shop.example/cron.php?key=a", "method": "GET"}
    assert sentence(made.schedule) == "Every 5 minutes, Berlin time."


def test_a_command_is_kept_in_a_note_that_says_what_is_missing():
    made = draft("0 3 * * * /usr/bin/backup.sh --all")

    assert made.steps[0]["type"] == "write_log"
    assert "/usr/bin/backup.sh --all" in made.steps[0]["with"]["message"]
    assert made.why == "It needs a script step, which this installation does not have yet"


def test_a_request_in_a_script_says_what_makes_it_one():
    assert draft("0 3 * * * curl x.example | mail ann").why.endswith("yet: it uses the shell (|)")


@pytest.mark.parametrize("text", [
    "0 3 * * * docker ps --format '{{.Names}}'", "0 3 * * * curl -H 'A: {{x}}' https://x.example",
    "0 3 * * * curl -X POST -d a=b https://x.example", "0 3 * * * mail ann%Hello",
])
def test_what_is_drafted_has_nothing_to_put_right(text: str):
    assert check_steps(list(draft(text).steps), registry()) == []


@pytest.mark.parametrize(("command", "name"), [
    ("/usr/local/bin/backup.sh --all > /var/log/b", "backup.sh"),
    ("cd /srv/app && /usr/bin/php artisan schedule:run >> /dev/null", "php artisan schedule:run"),
    ("cd /srv; A=b python3 /opt/jobs/report.py", "python3 report.py"),
    ("[ -x /bin/x ] && /bin/x", "Line 1 of a crontab"),
    ("curl https://x.example/ >/dev/null", "x.example"),
    ("x" * 90, "x" * 60),
])
def test_a_workflow_is_named_by_its_command(command: str, name: str):
    assert draft(f"0 3 * * * {command}").name == name


def test_jobs_of_the_same_command_are_told_apart_by_their_line():
    plan = plan_import("0 3 * * * sync a\n0 4 * * * sync a\n0 5 * * * sync a", at=AT, timezone="UTC")

    assert [each.name for each in drafts_of(plan)] == ["sync a", "sync a line 2", "sync a line 3"]


def test_the_notes_keep_the_line_what_stood_above_it_and_who_it_ran_as():
    made = draft("MAILTO=a@b.example\nPATH=/bin\n# Nightly\n0 3 * * * root backup -v")

    assert made.document.notes == ("Nightly\nLine 4 of a crontab:\n0 3 * * * root backup -v\n"
                                   "It ran as root. The crontab sets MAILTO and PATH for it.")


def test_a_time_zone_in_the_crontab_counts_more_than_the_given_one():
    assert draft("CRON_TZ=Asia/Tokyo\n0 3 * * * x").schedule.timezone == "Asia/Tokyo"
    assert draft("0 3 * * * x").schedule.timezone == "Europe/Berlin"


def test_lines_that_cant_be_read_stay_between_the_others():
    plan = plan_import("0 3 * * * a\n@reboot b\n0 4 * * * c", at=AT, timezone="UTC")

    assert [isinstance(line, Left) for line in plan] == [False, True, False]


def test_an_unknown_zone_is_refused_before_anything_is_read():
    with pytest.raises(Invalid) as refused:
        plan_import("", at=AT, timezone="Mars/Base")
    assert refused.value.field == "timezone"
