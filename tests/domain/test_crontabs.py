"""Crontabs line by line, as Debian's cron would read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.errors import Invalid
from engine.domain.workflows.crontabs import MOST_CHARACTERS, MOST_JOBS, Job, Left, read_crontab

SYSTEM = """
# Example of job definition:
# .---------------- minute (0 - 59)
# *  *  *  *  * user-name command to be executed
17 *\t* * *\troot\tcd / && run-parts --report /etc/cron.hourly
5 5 * * *  deploy  /opt/deploy.sh  now
"""
BLURB = """# Edit this file to introduce tasks to be run by cron.
#
# m h  dom mon dow   command
0 5 * * * backup
"""


def one(text: str, **options: bool) -> Job:
    (job,) = read_crontab(text, **options)
    assert isinstance(job, Job), job
    return job


def left(text: str, **options: bool) -> str:
    (line,) = read_crontab(text, **options)
    assert isinstance(line, Left), line
    return line.why


@pytest.mark.parametrize(("text", "cron", "command"), [
    ("0 9 * * 1-5 report", "0 9 * * 1-5", "report"),
    ("  0\t9   *  * mon-fri \t report   --all  'a  b'", "0 9 * * mon-fri", "report   --all  'a  b'"),
    ("@daily report", "@daily", "report"),
    ("@hourly\treport", "@hourly", "report"),
    ("@midnight report", "@midnight", "report"),
    ("*/5 0-6,22 1,15 * * report", "*/5 0-6,22 1,15 * *", "report"),
    ("-*/15 * * * * report", "*/15 * * * *", "report"),
    ("0 9 * * * report # not a comment", "0 9 * * *", "report # not a comment"),
    ("0 9 * * * A=b report", "0 9 * * *", "A=b report"),
    ("0 9 * * * report\r\n", "0 9 * * *", "report"),
    ("\ufeff0 9 * * * report", "0 9 * * *", "report"),
])
def test_times_and_command_are_told_apart(text: str, cron: str, command: str):
    job = one(text)

    assert (job.cron, job.command, job.given) == (cron, command, None)


@pytest.mark.parametrize(("rest", "command", "fed"), [
    ("mail ann%Hello%there", "mail ann", "Hello\nthere"),
    (r"date +\%F", "date +%F", None),
    (r"mail -s 50\% ann%50\% off", "mail -s 50% ann", "50% off"),
    ("cat%", "cat", ""),
])
def test_a_percent_sign_ends_the_command_unless_it_is_escaped(rest: str, command: str, fed: str | None):
    job = one(f"0 9 * * * {rest}")

    assert (job.command, job.given) == (command, fed)


@pytest.mark.parametrize(("text", "why"), [
    ("@reboot start", "when the machine starts"),
    ("0 9 * * 1-5", "no command"),
    ("@daily", "no command"),
    ("61 * * * * report", "Minute must be between 0 and 59"),
    ("0 0 30 2 * report", "30 February never happens"),
    ("@every 5m report", '"@every" is not known'),
    ("H 9 * * * report", "Minute"),
    ("hello world", "5 parts"),
    ("# 0 5 * * 1 tar -zcf /home", "switched off"),
    ("#@daily report", "switched off"),
    ("CRON_TZ=Mars/Base", "time zone"),
    ("0 9 * * * " + "x" * 6000, "longer than"),
])
def test_what_is_no_job_is_listed_with_the_reason(text: str, why: str):
    assert why in left(text)


@pytest.mark.parametrize("text", ["", "\n \n\t\n", "# only a word of explanation", "MAILTO=ann@example.org",
                                  'PATH = "/usr/bin:/bin"', "'SHELL'=/bin/sh", "EMPTY="])
def test_what_was_never_a_job_is_not_listed(text: str):
    assert read_crontab(text) == []


def test_comments_right_above_a_job_are_its_notes():
    first, second = read_crontab("# old\n\n# Nightly\n## backup\n0 5 * * * backup\n0 6 * * * other")

    assert (first.notes, second.notes) == ("Nightly\nbackup", "")


def test_the_explanation_every_new_crontab_begins_with_is_no_note():
    assert one(BLURB).notes == ""


def test_settings_hold_for_the_lines_below_until_they_are_set_anew():
    first, second = read_crontab("A=z\n0 5 * * * one\nB = 'x y'\nA=y\n0 6 * * * two")

    assert (first.settings, second.settings) == ({"A": "z"}, {"A": "y", "B": "x y"})


def test_a_time_zone_holds_until_the_next():
    jobs = read_crontab("0 5 * * * a\nCRON_TZ='Asia/Tokyo'\n0 5 * * * b\nCRON_TZ=\n0 5 * * * c")

    assert [job.timezone for job in jobs] == [None, "Asia/Tokyo", None]


def test_jobs_below_an_unknown_time_zone_are_not_planned_in_another():
    _, job, last = read_crontab("CRON_TZ=Mars/Base\n0 5 * * * a\nCRON_TZ=UTC\n0 5 * * * b")

    assert "not known here" in job.why
    assert last.timezone == "UTC"


def test_a_time_zone_for_the_command_alone_moves_no_schedule():
    assert one("TZ=Asia/Tokyo\n0 5 * * * a").timezone is None


def test_a_system_crontab_is_known_by_its_heading_and_names_its_users():
    jobs = read_crontab(SYSTEM)

    assert [(job.user, job.command) for job in jobs] == [
        ("root", "cd / && run-parts --report /etc/cron.hourly"), ("deploy", "/opt/deploy.sh  now")]


def test_a_system_crontab_without_heading_is_known_by_an_account():
    assert one("0 5 * * * www-data php run.php").user == "www-data"


@pytest.mark.parametrize("command", [
    "mysql -e 'select 1'", "backup /home", "root", "postgres -D /data", "php a.php",
])
def test_a_program_is_not_taken_for_a_user(command: str):
    job = one(f"0 5 * * * {command}")

    assert (job.user, job.command) == (None, command)


def test_whoever_knows_says_whether_there_are_users():
    assert one("0 5 * * * deploy run", has_user=True).user == "deploy"
    assert one("0 5 * * * root run", has_user=False).command == "root run"
    assert "no user" in left("0 5 * * * /opt/run", has_user=True)
    assert "no command" in left("0 5 * * * root", has_user=True)


def test_lines_keep_their_number_and_their_text():
    job = one("\n\n  0 5 * * *  backup  ")

    assert (job.number, job.text) == (3, "0 5 * * *  backup")


def test_too_much_at_once_and_what_cant_be_kept_is_refused():
    for text in ("#" * (MOST_CHARACTERS + 1), "@daily x\n" * (MOST_JOBS + 1), "@daily x\0", "@daily \ud800"):
        with pytest.raises(Invalid) as refused:
            read_crontab(text)
        assert refused.value.field == "text"


@given(st.lists(st.text(alphabet="*/0123456789-,@# =%\\'\"abCRON_TZdaily\t", max_size=40), max_size=6))
def test_whatever_is_written_every_line_is_read_in_order_or_listed(lines: list[str]):
    found = read_crontab("\n".join(lines))

    numbers = [line.number for line in found]
    assert numbers == sorted(set(numbers))
    assert all(line.command if isinstance(line, Job) else line.why for line in found)
