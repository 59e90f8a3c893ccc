"""One step of a dry run: what reaches outside is shown, what can't be known has a stand-in."""

from typing import Any, Final

from sqlalchemy import Row

from engine.domain.data import stand_ins
from engine.domain.data.references import fillable, resolve
from engine.domain.data.stand_ins import Example, StandIn
from engine.domain.errors import Invalid, StepFailed
from engine.domain.runs import payloads
from engine.runner.attempt import Attempt
from engine.runner.plans import PlanStep
from engine.steps._base import Finished, Outcome, StepSettings, StepType

LAST_RUN: Final = "last_run"
EXAMPLE: Final = "example"
STAND_IN: Final = "stand_in"


class Rehearsal(Attempt):
    """A step that is never let outside; the steps after it go on with what it took for the answer."""

    async def run(self) -> Outcome:
        self._note_start()
        kind = self._kind()
        try:
            settings = self._settings(kind)
            if kind.reaches_out:
                return self._shown(kind, settings)
            return self._undecided(kind) or self._guarded(kind, settings)
        except StepFailed as failure:
            return self._in_spite_of(failure, kind)

    def _shown(self, kind: StepType[Any], settings: StepSettings) -> Outcome:
        if not kind.can_be_previewed:
            raise StepFailed(
                f"“{kind.name}” can't show what it would do, so the dry run ends here. Nothing was sent.",
                error_class="logic", code="dry_run.blocked",
            )
        would = stand_ins.readable(self._course.secrets.mask(kind.preview(self._context(), settings)))
        return self._answered(would, kind.example(settings))

    def _answered(self, would: Any, known: Any) -> Outcome:
        """Take what came back last time; else what is known beforehand; else a stand-in."""
        key, name, samples = self._step.key, self._step.name, self._course.claim.samples
        if key in samples:
            taken, answer = LAST_RUN, samples[key]
        elif known:
            taken, answer = EXAMPLE, Example(name, known)
        else:
            taken, answer = STAND_IN, StandIn(name)
        if taken != LAST_RUN:
            self._log("info", f"There is no answer of the last good run here, so later steps get "
                              f"{'an example' if taken == EXAMPLE else 'a stand-in'}")
        self.would = {"would": would, "taken": taken}
        return Finished(answer)

    def _undecided(self, kind: StepType[Any]) -> Outcome | None:
        doubt = kind.in_doubt(self._filled(kind))
        if doubt is None:
            return None
        outcome, sentence = doubt
        self._log("warn", sentence)
        return outcome

    def _in_spite_of(self, failure: StepFailed, kind: StepType[Any]) -> Outcome:
        """Go on where the step failed for nothing but a stand-in."""
        if failure.error_class != "data" or not stand_ins.are_in(filled := self._filled(kind)):
            raise failure
        self.input = payloads.capped(self._course.secrets.mask(filled))[0]
        if kind.reaches_out:
            self._log("warn", f"With stand-ins its message can't be put together, so its settings are shown. "
                              f"{failure.message}")
            return self._answered(self.input, None)
        if outcome := self._undecided(kind):
            return outcome
        self._log("warn", f"This can't be done with stand-ins, so its result is one too. {failure.message}")
        return Finished(StandIn(self._step.name))

    def _filled(self, kind: StepType[Any]) -> dict[str, Any]:
        """The settings with their values, also when they can't be read; nothing when they can't be filled."""
        try:
            unpacked = kind.unpack(self._step.written.get("with") or {})
            return {**unpacked, **resolve(fillable(unpacked, kind.verbatim), self._values())}
        except (Invalid, StepFailed):
            return {}


def given(step: PlanStep, row: Row[Any]) -> Any:
    """What a finished step of a dry run gives to later ones."""
    output = row.output
    if step.kind is None or not step.kind.reaches_out or not output:
        return stand_ins.revived(output)
    answer, taken = output["sample"], output.get("taken")
    if taken == EXAMPLE:
        return Example(step.name, answer)
    return stand_ins.revived(answer) if taken == STAND_IN else answer
