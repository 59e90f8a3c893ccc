"""Every error code a run can end with: what to tell people and what to offer them."""

from collections.abc import Mapping
from typing import Final

LABELS: Final = {
    "edit_step": "Edit the step",
    "edit_address": "Edit the address",
    "change_time_limit": "Change the time limit",
    "try_again": "Try again",
    "continue": "Continue",
    "see_answer": "See what came back",
    "compare": "Compare with the last good run",
    "edit_schedule": "Change the schedule",
    "system_health": "System health",
    "copy_report": "Copy report",
    "see_run": "Open that run",
}
# Words for facts a failure did not bring along.
UNKNOWN_FACTS: Final = {
    "host": "the other side", "status": "another one", "field": "a value",
    "step": "an earlier step", "seconds": "the time allowed", "limit": "see settings",
    "place": "before its end", "reason": "an earlier step gave nothing",
}
_Entry = tuple[str, str, tuple[str, ...]]
CATALOGUE: Final[Mapping[str, _Entry]] = {
    "net.dns": (
        "We could not find {host}",
        "Check the spelling of the address.", ("edit_address", "try_again"),
    ),
    "net.timeout": (
        "{host} did not answer within {seconds}",
        "Check that it is switched on and reachable from this server; or allow more time.",
        ("try_again", "change_time_limit"),
    ),
    "net.refused": (
        "{host} is there but refused the connection",
        "Check that the service is running and that the port is right.",
        ("try_again", "edit_address"),
    ),
    "net.closed": (
        "{host} hung up before it had answered",
        "This usually passes. If it stays, ask its owner.", ("try_again",),
    ),
    "net.tls": (
        "{host} could not prove its identity",
        "Its certificate is out of date or not meant for this address. Ask its owner to renew it.",
        ("try_again", "edit_address"),
    ),
    "net.blocked": (
        "{host} may not be reached from here",
        "Steps may only reach public web addresses. If this one is yours, ask an administrator "
        "to allow it.",
        ("edit_address",),
    ),
    "http.401": (
        "{host} did not accept the sign-in",
        "Check the name, password or key the step sends.",
        ("edit_step", "continue"),
    ),
    "http.403": (
        "{host} does not allow this",
        "Ask its owner for the permission that is missing.",
        ("edit_step", "continue"),
    ),
    "http.404": (
        "The page does not exist any more",
        "Check the address; perhaps it moved.",
        ("edit_address", "see_answer"),
    ),
    "http.429": (
        "{host} asked us to slow down",
        "We try again by ourselves. Consider running this less often.",
        ("edit_schedule", "continue"),
    ),
    "http.3xx": (
        "{host} sent us on to another address",
        "Use the new address in the step, or turn on “Follow to another address”.",
        ("edit_address",),
    ),
    "http.4xx": (
        "{host} did not accept what we sent",
        "Its answer usually says what is wrong. Then change what the step sends.",
        ("see_answer", "edit_step"),
    ),
    "http.5xx": (
        "{host} has a problem of its own",
        "This usually passes. We try again by ourselves.",
        ("try_again", "see_answer"),
    ),
    "http.status": (
        "{host} gave an answer that is not accepted here ({status})",
        "If this answer is fine, add it to “Accept these answers”.",
        ("see_answer", "edit_step"),
    ),
    "data.parse": (
        "The answer was not what we expected",
        "We wanted data (JSON). Look at what came back; perhaps the address shows a web page.",
        ("see_answer", "edit_step"),
    ),
    "data.missing": (
        "{field} was empty in {step}",
        "Perhaps the other system renamed something. Pick the value again.",
        ("compare", "edit_step"),
    ),
    "data.left_out": (
        "{field} was empty in {step}",
        "{reason}. Skip this step as well, or run it all again from the start.",
        ("edit_step",),
    ),
    "data.type": (
        "A value does not fit",
        "Pick another value or convert it.", ("edit_step", "compare"),
    ),
    "limit.time": (
        "Took longer than {seconds}, so we stopped it",
        "Allow more time, or let the step do less at once.",
        ("change_time_limit", "continue"),
    ),
    "limit.size": (
        "The result is too large (limit {limit})",
        "Ask for less: filter earlier, or fetch it in parts.",
        ("edit_step",),
    ),
    "script.error": (
        "Your script stopped {place}",
        "What it said is in the log of this run. Then change the script.",
        ("edit_step",),
    ),
    "script.off": (
        "Scripts are switched off on this server",
        "Ask an administrator to allow them under Settings › Scripts, or do this with other steps.",
        ("edit_step", "continue"),
    ),
    "run.stopped": (
        "Stopped by a step of this workflow",
        "This is what the workflow says to do here. Its message says why.",
        ("edit_step",),
    ),
    "approve.expired": (
        "Nobody answered in time",
        "Continue to ask again. To give people longer, change “If nobody answers within”.",
        ("continue", "edit_step"),
    ),
    "workflow.start": (
        "The other workflow could not be started",
        "Check its name in the step, and that it has a live version.",
        ("edit_step", "continue"),
    ),
    "workflow.failed": (
        "The workflow it started did not end well",
        "Look at that run first, for it says why. Then continue.",
        ("see_run", "continue"),
    ),
    "dry_run.blocked": (
        "The dry run ends here, for this step can't show what it would do",
        "Nothing was sent. The steps before it are shown; to see the rest, try this step by itself.",
        ("edit_step",),
    ),
    "app.restart": (
        "This app restarted while the run was going",
        "Nothing is wrong with your workflow. If the step may have reached the outside, look "
        "there first; then continue.",
        ("continue",),
    ),
    "app.crash": (
        "This run took its worker down several times",
        "A step probably needs more memory than this server has. Let it handle less at once.",
        ("edit_step", "system_health"),
    ),
    "step.unknown": (
        "This version uses a kind of step this app does not have",
        "Make a new version without it, or update the app.",
        ("edit_step",),
    ),
    "app.disk": (
        "This server's disk is full",
        "Tell your administrator.", ("system_health",),
    ),
    "app.bug": (
        "Something went wrong on our side",
        "Copy the report and send it to whoever looks after this server.",
        ("copy_report", "continue"),
    ),
}
