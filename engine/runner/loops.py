"""The steps of a loop, for item after item or for several at once; a loop goes on where it was."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.domain.errors import LeaseLost, StepFailed
from engine.domain.steps import trees
from engine.runner.plans import PlanStep
from engine.runner.scopes import End, Flow, Rest, Scope, together
from engine.runner.walker import Walker
from engine.services.runs import approvals


async def each(walk: Walker, step: PlanStep, kept: Mapping[str, Any], scope: Scope) -> Flow:
    """Do the steps of `step` for each item; the list was kept when the loop began."""
    loop = _Loop(walk, step, kept["items"], scope, go_on=kept["go_on"])
    rests = await loop.run(kept["at_once"])
    if loop.ended is not None:
        walk.records.closed(step, loop.output(), scope)
        return loop.ended
    if loop.failure is not None and not kept["go_on"]:
        walk.records.broken_off(step, kept, loop.failure, scope)
        if rests:
            _call_off(walk, step, scope)
        return await walk.after_failure(step, loop.failure, scope)
    if rests:
        return together(rests)
    walk.records.closed(step, loop.output(), scope)
    return None


def _call_off(walk: Walker, step: PlanStep, scope: Scope) -> None:
    """Nobody waits any more for what other items of a loop that broke off rest for."""
    keys = [placed.step["key"] for placed in trees.walk(step.written.get("steps") or ())]
    course = walk.course
    course.also.append(lambda uow: approvals.call_off(
        uow, course.claim.row.id, keys, scope.position, course.means.now()))


class _Loop:
    """Lanes that take one item after the other; an item that rests keeps its lane."""

    def __init__(
        self, walk: Walker, step: PlanStep, items: Sequence[Any], scope: Scope, *, go_on: bool
    ) -> None:
        self._walk, self._step, self._items, self._scope, self._go_on = walk, step, items, scope, go_on
        self._results: list[Any] = [None] * len(items)
        self._failed = 0
        self._at_work = 1
        self.failure: StepFailed | None = None
        self.ended: Flow = None

    async def run(self, at_once: int) -> list[Rest]:
        turns = iter(range(len(self._items)))
        if at_once == 1:
            return [rest] if (rest := await self._lane(turns)) else []
        self._at_work = min(at_once, len(self._items))
        try:
            async with asyncio.TaskGroup() as group:
                lanes = [group.create_task(self._lane(turns)) for _ in range(self._at_work)]
        except* LeaseLost:
            raise LeaseLost from None
        return [rest for lane in lanes if (rest := lane.result()) is not None]

    def output(self) -> dict[str, Any]:
        return {"count": len(self._items), "failed": self._failed, "results": self._results}

    async def _lane(self, turns: Iterator[int]) -> Rest | None:
        rest = await self._items_of(turns)
        self._at_work -= 1
        course = self._walk.course
        if rest is not None and self._at_work and len(course.journal):
            await course.announce()  # the others may take long; whoever stops the run has to know
        return rest

    async def _items_of(self, turns: Iterator[int]) -> Rest | None:
        for index in turns:
            match await self._item(index):
                case Rest() as rest:
                    return rest
                case End(of_item=True, failure=None) | None:
                    pass
                case End(failure=StepFailed() as failure):
                    self._failed += 1
                    self.failure = self.failure or failure
                    if not self._go_on:
                        return None
                case End() as ended:
                    self.ended = ended
            if self.ended is not None or (self.failure is not None and not self._go_on):
                return None
        return None

    async def _item(self, index: int) -> Flow:
        inner = self._scope.of_item(self._step.key, self._items[index], index, len(self._items))
        steps = self._step.blocks.get("steps", ())
        flow = await self._walk.block(steps, inner)
        done = [step.key for step in steps if step.key in inner.outputs.maps[0]]
        self._results[index] = inner.outputs[done[-1]] if done else None
        return flow
