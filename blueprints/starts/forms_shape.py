"""What shapes a schedule, in its form: hours, holidays, start and end, what to do in trouble."""

from collections.abc import Mapping
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from engine.domain.errors import Invalid

Form = MultiDict[str, str]
MISSED: Final = (
    ("once", "Run it once as soon as the app is back", "Recommended"),
    ("skip", "Skip it and wait for the next time"),
    ("all", "Run every one that was missed, oldest first"),
    ("ask", "Ask me", "Home shows what was missed, and you decide"),
)
OVERLAP: Final = (
    ("skip", "Skip the new one", "Recommended"), ("queue", "Wait in line"),
    ("allow", "Run both at the same time"), ("replace", "Stop the old one and start the new one"),
)
HOLIDAY_RULES: Final = (
    ("skip", "Skip"), ("run", "Run anyway"), ("previous", "Run on the working day before"),
    ("next", "Run on the next working day"),
)
OUTSIDE: Final = (("skip", "Skip"), ("wait", "Wait and run when the hours begin"))
_ANCHORED: Final = ("daily", "weekly", "monthly")


def shape_from(form: Form) -> dict[str, Any]:
    """Return the part of the document that is not the rule."""
    shape: dict[str, Any] = {}
    if form.get("window.on"):
        shape["window"] = {"from": form.get("window.from", ""), "to": form.get("window.to", ""),
                           "outside": form.get("window.outside", "skip"),
                           **({"days": days} if (days := form.getlist("window.days")) else {})}
    if calendars := form.get("holidays.calendars", ""):
        shape["holidays"] = {"calendars": calendars.split(","), "rule": form.get("holidays.rule", "skip")}
    shape |= {name: form[name].strip() for name in ("start_on", "end_on") if form.get(name, "").strip()}
    if (count := _number(form, "end_after")) is not None:
        shape["end_after"] = count
    if minutes := _number(form, "jitter"):
        shape["jitter"] = {"up_to": f"{minutes}m"}
    if clock := {name: form[f"clock.{name}"] for name in ("forward", "back") if form.get(f"clock.{name}")}:
        shape["clock_change"] = clock
    return {**shape, "policies": _policies(form)}


def keep_what_has_no_field(document: dict[str, Any], stored: Mapping[str, Any], form: Form) -> None:
    """Carry over what the form does not show, and where counting began if the rule is the same."""
    if "blackouts" in stored:
        document.setdefault("blackouts", stored["blackouts"])
    if "clock_change" in stored:
        document["clock_change"] = {**stored["clock_change"], **document.get("clock_change", {})}
    same = all(document.get(name, stored.get(name)) == stored.get(name) for name in ("interval", "align"))
    if "interval" in document and same:
        document |= {name: stored[name] for name in ("align", "anchor") if name in stored}
    for kind in _ANCHORED:
        old, new = stored.get(kind), document.get(kind)
        asked = f"{kind}.anchor" in form
        if old and new and not asked and old.get("every") == new.get("every") and "anchor" in old:
            new.setdefault("anchor", old["anchor"])
    if document.get("end_after") and document["end_after"] == stored.get("end_after"):
        document["counted_from"] = stored["counted_from"]
    if document.get("jitter", {}).get("up_to") == stored.get("jitter", {}).get("up_to"):
        document |= {"jitter": stored["jitter"]} if "jitter" in stored else {}
    _keep_policies(document["policies"], stored.get("policies", {}))


def _keep_policies(policies: dict[str, Any], stored: Mapping[str, Any]) -> None:
    policies.setdefault("too_late", stored.get("too_late"))
    for name in ("missed", "overlap"):
        if stored.get(name, {}).get("rule") == policies[name]["rule"]:
            policies[name] = {**stored[name], **policies[name]}


def _policies(form: Form) -> dict[str, Any]:
    missed: dict[str, Any] = {"rule": form.get("missed", "once")}
    overlap: dict[str, Any] = {"rule": form.get("overlap", "skip")}
    if hours := _number(form, "missed.within"):
        missed["within"] = f"{hours}h"
    for part, name in ((missed, "missed.limit"), (overlap, "overlap.limit")):
        if (limit := _number(form, name)) is not None:
            part["limit"] = limit
    return {
        "missed": missed, "overlap": overlap,
        "fail_pause": _number(form, "fail_pause") if "fail_pause" in form else 5,
    }


def _number(form: Form, name: str) -> int | None:
    text = form.get(name, "").strip()
    if text and not (text.isascii() and text.isdigit() and len(text) < 7):
        raise Invalid("Enter a number, like 5", field=name)
    return int(text) if text else None
