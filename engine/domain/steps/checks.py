"""Checking the steps of a workflow, one by one and against each other."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from engine.domain.data import plain, references
from engine.domain.data.references import LOOP_ROOTS
from engine.domain.data.validation import problems_of
from engine.domain.errors import Invalid, Problem
from engine.domain.steps.documents import StepDefinition, StepKinds
from engine.domain.steps.trees import BLOCKS, IF_FAILS, MAX_DEPTH, STEPS, keys_inside, walk

MAX_STEPS: Final = 200


def parse_steps(written: Any, kinds: StepKinds) -> tuple[StepDefinition, ...]:
    """Read finished steps; `Invalid` with everything that has to be put right."""
    problems = check_steps(written, kinds)
    if not written:
        problems.append(Problem("Add at least one step.", "steps", "missing"))
    if problems:
        raise Invalid(problems=problems)
    return tuple(_read(step) for step in written)


def _read(step: Mapping[str, Any]) -> StepDefinition:
    """Read one step that was checked, and what it holds."""
    blocks = {name: tuple(map(_read, step[name])) for name in BLOCKS if step.get(name)}
    own = {name: value for name, value in step.items() if name not in BLOCKS}
    return StepDefinition.model_validate(own | blocks)


def check_steps(written: Any, kinds: StepKinds) -> list[Problem]:
    """Say what is missing or wrong in steps as written; a draft may have such problems."""
    if not isinstance(written, list):
        return [Problem("Write the steps as a list.", "steps")]
    if sentence := plain.objection(written):
        return [Problem(sentence, "steps")]
    every = [placed.step for placed in walk([step for step in written if isinstance(step, Mapping)])]
    if len(every) > MAX_STEPS:
        return [Problem(f"A workflow can have {MAX_STEPS} steps.", "steps")]
    return StepCheck(kinds, [_key_of(step) for step in every]).block(written, "steps", (), depth=0)


class StepCheck:
    """Checks steps against each other. `keys` are those of the whole workflow, in reading order."""

    def __init__(self, kinds: StepKinds, keys: Sequence[str]) -> None:
        self._kinds, self._keys, self._used = kinds, keys, set[str]()

    def block(
        self, written: Any, place: str, known: Sequence[str], *, depth: int, roots: Sequence[str] = (),
    ) -> list[Problem]:
        """Check one list of steps; `known` are the keys its steps may look into, `roots` say more."""
        if not isinstance(written, list):
            return [Problem("Write these steps as a list.", place)]
        if depth > MAX_DEPTH:
            return [Problem(f"Steps can hold steps {MAX_DEPTH} levels deep. Move these into a workflow "
                            "of their own.", place, "depth")]
        problems, known = [], list(known)
        for index, step in enumerate(written):
            problems += self._step(step, f"{place}.{index}", known, depth, roots)
            if isinstance(step, Mapping):
                known += filter(None, [_key_of(step), *keys_inside(step)])
        return problems

    def _step(
        self, step: Any, place: str, known: Sequence[str], depth: int, roots: Sequence[str]
    ) -> list[Problem]:
        if not isinstance(step, Mapping):
            return [Problem("Write a step as names with values, beginning with “key”.", place)]
        own = {name: value for name, value in step.items() if name not in BLOCKS}
        problems = []
        try:
            StepDefinition.model_validate(own)
        except ValidationError as error:
            problems += problems_of(error, step, StepDefinition, prefix=place)
        if key := _key_of(step):
            if key in self._used:
                problems.append(Problem(f"“{key}” is already the key of another step. Choose another.",
                                        f"{place}.key", "duplicate"))
            self._used.add(key)
        problems += self._settings(step, place, known, roots)
        return problems + self._blocks(step, place, known, depth, roots)

    def _settings(
        self, step: Mapping[str, Any], place: str, known: Sequence[str], roots: Sequence[str]
    ) -> list[Problem]:
        settings = step.get("with", {})
        if not isinstance(step.get("type"), str) or not isinstance(settings, Mapping):
            return []
        kind = self._kinds.get(step["type"])
        if kind is None:
            return [Problem(_unknown_type(step["type"], self._kinds), f"{place}.type", "unknown")]
        later = [key for key in self._keys if key not in known]
        fillable = references.fillable(settings, kind.verbatim)
        found = references.check(fillable, known, later_steps=later, roots=roots)
        seen = {problem.field for problem in found}
        found += [problem for problem in kind.check(settings) if problem.field not in seen]
        return [
            Problem(problem.message, ".".join(filter(None, [place, "with", problem.field])), problem.code)
            for problem in found
        ]

    def _blocks(
        self, step: Mapping[str, Any], place: str, known: Sequence[str], depth: int, roots: Sequence[str]
    ) -> list[Problem]:
        kind = self._kinds.get(str(step.get("type")))
        allowed = {**(kind.blocks if kind else {}), IF_FAILS: ""}
        problems: list[Problem] = []
        for name in BLOCKS:
            if name not in step:
                continue
            if name not in allowed and kind is not None:
                sentence = f"This kind of step holds no steps under “{name}”."
                problems.append(Problem(sentence, f"{place}.{name}"))
                continue
            inside = [*roots, *LOOP_ROOTS] if name == STEPS else roots
            problems += self.block(step[name], f"{place}.{name}", [*known, _key_of(step)],
                                   depth=depth + 1, roots=inside)
        return problems


def _unknown_type(name: str, kinds: StepKinds) -> str:
    known = references.did_you_mean(name, kinds) or f" There are: {', '.join(sorted(kinds))}."
    return f"There is no step type “{name}”.{known}"


def _key_of(step: Any) -> str:
    key = step.get("key") if isinstance(step, Mapping) else None
    return key if isinstance(key, str) else ""
