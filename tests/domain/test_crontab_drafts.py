"""What the lines of a crontab become: drafts with a schedule, or the reason why not."""

from datetime import UTC, datetime

import pytest

from engine.domain.errors import Invalid
from engine.domain.schedules.sentences import sentence
from engine.domain.steps.checks import check_steps
from engine.domain.workflows.crontab_drafts import Draft, drafts_of, plan_import
from engine.domain.workflows.crontabs import Left
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


def test_any_other_command_becomes_a_script_as_it_stands():
    made = draft("0 3 * * * cd /srv && ./backup.sh --all > /var/log/b 2>&1")

    assert made.steps[0]["type"] == "script"
    assert made.steps[0]["with"] == {"script": "cd /srv && ./backup.sh --all > /var/log/b 2>&1"}
    assert made.why is None


def test_a_script_may_take_hours_as_with_cron():
    made = draft("0 3 * * * backup")

    assert made.steps[0]["timeout_seconds"] == made.document.limits.timeout_seconds == 21_600


def test_what_follows_a_percent_sign_is_given_to_it():
    settings = draft(r"0 3 * * * mail -s 100\% ann%Hello,%all is well").steps[0]["with"]

    assert settings == {"script": "mail -s 100% ann", "input": "Hello,\nall is well"}


def test_the_variables_above_it_are_handed_on_and_those_for_cron_are_not():
    text = "MAILTO=ann@x.example\nPATH=/opt/bin:/bin\nTARGET=' /srv x'\nEMPTY=\n0 3 * * * backup"

    assert draft(text).steps[0]["with"]["values"] == {"PATH": "/opt/bin:/bin", "TARGET": " /srv x"}


@pytest.mark.parametrize("line", [
    "DB_PASSWORD=hunter2", "API_TOKEN=hunter2", "BORG_PASSPHRASE=hunter2", "DB=postgres://me:hunter2@host/db",
])
def test_what_looks_like_a_secret_is_left_to_be_filled_in(line: str):
    made = draft(f"{line}\n0 3 * * * backup")
    name = line.partition("=")[0]

    assert "hunter2" not in repr((made.steps, made.document))
    assert made.why == f"Fill in {name}: what looks like a secret is not taken over"
    (problem,) = check_steps(list(made.steps), registry())
    assert problem.message == f"Fill in a value for {name}, or remove its line."


def test_another_shell_is_kept():
    made = draft("SHELL=/bin/bash\n0 3 * * * [[ -e '/x y' ]] && sync")

    assert made.steps[0]["with"]["script"] == """exec /bin/bash -c '[[ -e '"'"'/x y'"'"' ]] && sync'"""
    assert made.name == "Line 2 of a crontab"


def test_a_request_in_a_script_says_what_makes_it_one():
    made = draft("0 3 * * * curl x.example | mail ann")

    assert made.why == "It is a script and no single request: it uses the shell (|)"
    assert made.is_script


def test_whom_it_ran_as_is_told():
    made = draft("# m h dom mon dow user command\n0 3 * * * root backup -v")

    assert made.why == "It ran as root; here it runs as the account of Carillon"


@pytest.mark.parametrize("text", ["A={{x}}\n0 3 * * * backup", "0 3 * * * cat%{{ x }}"])
def test_what_would_stand_for_a_value_here_is_left_out_with_the_reason(text: str):
    (left,) = plan_import(text, at=AT, timezone="UTC")

    assert isinstance(left, Left)
    assert left.why.startswith("It hands over {{ in a variable")


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
                                   "It ran as root. The crontab sets MAILTO and PATH for it. "
                                   "What it prints is kept with each run, "
                                   "and mailed to nobody as MAILTO would.")


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
