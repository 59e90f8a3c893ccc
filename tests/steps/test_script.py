"""A script: what it gives, and how it fails."""

import os

import pytest

from engine.steps import registry
from engine.steps._script_process import SHOWN_BYTES

SCRIPT = registry()["script"]


def test_a_script_gives_what_it_prints_and_how_it_ended(run_script):
    assert run_script("echo hello; echo beside >&2") == {
        "exit_code": 0, "output": "hello\n", "data": None, "errors": "beside\n"}


def test_what_is_json_is_given_as_data(run_script):
    script = "import json, sys; print(json.dumps({'rows': [1, 2], 'got': json.load(sys.stdin)}))"
    scope = {"steps": {"sales": {"rows": [{"total": 3}]}}}

    output = run_script(script, language="python", input="{{ steps.sales.rows }}", scope=scope)

    assert output["data"] == {"rows": [1, 2], "got": [{"total": 3}]}


@pytest.mark.parametrize("printed", ["NaN", "1e999", "[" * 5000, '"\\u0000"', '"\\ud800"', "{"])
def test_json_that_can_not_be_kept_stays_text(run_script, printed):
    output = run_script(f"printf '%s' '{printed}'")

    assert (output["data"], output["exit_code"]) == (None, 0)


def test_values_arrive_as_variables_and_never_as_code(run_script):
    evil = '"; echo pwned; $(echo pwned) `echo pwned` \' {{ inputs.b }}'

    scope = {"inputs": {"a": evil}}
    output = run_script('printf "%s" "$TOTAL"', values={"TOTAL": "{{ inputs.a }}"}, scope=scope)

    assert output["output"] == evil


def test_braces_of_other_programs_are_left_alone(run_script):
    assert run_script("echo '{{.Names}}' {{")["output"] == "{{.Names}} {{\n"


def test_it_sees_nothing_of_the_environment_of_the_app(run_script, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret@host/db")
    monkeypatch.setenv("CARILLON_HOME", "/srv/carillon")

    names = {line.partition("=")[0] for line in run_script("env")["output"].splitlines()}

    assert names - {"_", "OLDPWD", "SHLVL"} == {"PATH", "LANG", "SHELL", "HOME", "PWD", "TMPDIR"}


def test_it_begins_in_an_empty_folder_of_its_own_that_goes_away(run_script):
    folder = run_script("ls -A; touch left; pwd")["output"].strip()

    assert "carillon-script-" in folder
    assert not os.path.exists(os.path.dirname(folder))


def test_it_holds_no_open_files_of_the_app(run_script):
    held = set(run_script("ls /proc/$$/fd")["output"].split())

    assert held <= {"0", "1", "2", "10"}  # the shell reads its script as 10


def test_odd_bytes_do_no_harm(run_script):
    assert run_script(r"printf 'caf\351 \0 end'")["output"] == "caf\ufffd \0 end"


def test_lines_that_end_as_on_windows_run_all_the_same(run_script):
    assert run_script("if true\r\nthen echo yes\r\nfi\r\n")["output"] == "yes\n"


def test_much_output_is_cut_while_it_comes(run_script, log):
    output = run_script("head -c 50000000 /dev/zero")

    assert len(output["output"]) == SHOWN_BYTES
    assert log == [("warn", "It printed 50,000,000 bytes; the first 256,000 are kept")]


@pytest.mark.parametrize(("language", "script", "message"), [
    ("shell", "true\necho gone >&2\nexit 3", "It ended with code 3: gone"),
    ("shell", "true\nset -u\necho $nothing", "It ended with code 2 at line 3: nothing: parameter not set"),
    ("python", "x = 1\nprint(y)", "It ended with code 1 at line 2: NameError: name 'y' is not defined"),
    ("shell", "kill -9 $$", "It was ended by the signal SIGKILL."),
    ("shell", "exit 4", "It ended with code 4."),
])
def test_a_script_that_ends_badly_says_where_and_why(script_failure, language, script, message):
    failed = script_failure(script, language=language)

    assert (failed.error_class, failed.error_code, failed.message) == ("logic", "script.error", message)


def test_what_a_failed_script_said_is_in_the_log(script_failure, log):
    script_failure("echo half done; echo then this >&2; exit 1")

    assert log == [("info", "It printed: half done\n"), ("warn", "It said on the side: then this\n")]


def test_a_secret_it_was_given_is_hidden_wherever_it_says_it(run_script, script_failure, log):
    values = {"DB_PASSWORD": "hunter2"}

    assert run_script('echo "it is $DB_PASSWORD"', values=values)["output"] == "it is ••••\n"
    failed = script_failure('echo $DB_PASSWORD; echo "no $DB_PASSWORD" >&2; exit 1', values=values)
    assert failed.message == "It ended with code 1: no ••••"
    assert "hunter2" not in repr(log)


def test_only_a_script_that_may_run_twice_is_tried_again():
    once, twice = (SCRIPT.Settings(script="x", safe_to_repeat=safe) for safe in (False, True))

    assert (SCRIPT.effect_of(once), SCRIPT.effect_of(twice)) == ("once", "repeatable")


def test_a_failure_may_pass_where_repeating_is_safe(script_failure):
    assert script_failure("exit 1", safe_to_repeat=True).error_class == "transient"


def test_where_scripts_are_off_nothing_runs(script_failure, tmp_path):
    failed = script_failure(f"touch {tmp_path}/ran", allowed=False)

    assert (failed.error_class, failed.error_code) == ("logic", "script.off")
    assert not (tmp_path / "ran").exists()


def test_a_value_inside_the_script_is_refused_with_the_way_out():
    (problem,) = SCRIPT.check({"script": "echo {{ steps.sales.total }}"})

    assert (problem.field, problem.code) == ("script", "reference")
    assert 'write "$TOTAL" here' in problem.message


@pytest.mark.parametrize(("settings", "field"), [
    ({}, "script"), ({"script": ""}, "script"), ({"script": "x" * 50_001}, "script"),
    ({"script": "x", "values": {"a b": "1"}}, "values"), ({"script": "x", "values": {"A": ""}}, "values"),
    ({"script": "x", "values": {"A": "x" * 100_001}}, "values"),
    ({"script": "x", "memory_mb": 1}, "memory_mb"), ({"script": "x", "language": "perl"}, "language"),
])
def test_settings_that_can_not_be_used_are_told_at_their_field(settings, field):
    assert [problem.field for problem in SCRIPT.check(settings)] == [field]


def test_a_value_too_long_for_a_variable_fails_the_step(script_failure):
    scope = {"inputs": {"a": "x" * 100_001}}

    assert script_failure("true", values={"A": "{{ inputs.a }}"}, scope=scope).error_code == "data.type"


def test_the_preview_shows_the_script_and_runs_nothing(context, tmp_path):
    settings = SCRIPT.prepare({"script": f"touch {tmp_path}/ran", "values": {"A": "1"}}, {})

    assert SCRIPT.preview(context, settings)["script"] == f"touch {tmp_path}/ran"
    assert not (tmp_path / "ran").exists()
