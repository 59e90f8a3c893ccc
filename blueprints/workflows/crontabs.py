"""A crontab as the import page shows it, line by line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.domain.schedules.sentences import sentence
from engine.domain.workflows.crontab_drafts import Draft
from engine.domain.workflows.crontabs import Left
from engine.services.workflows.crontab_imports import Made


@dataclass(frozen=True)
class Line:
    """One line and what becomes of it: without `sentence` nothing, `made` once its draft is there."""

    number: int
    text: str
    name: str = ""
    sentence: str = ""
    step: str = ""
    why: str | None = None
    made: Made | None = None


def lines_of(plan: Sequence[Draft | Left], made: Mapping[int, Made] | None = None) -> list[Line]:
    return [_line(line, made or {}) for line in plan]


def _line(line: Draft | Left, made: Mapping[int, Made]) -> Line:
    if isinstance(line, Left):
        return Line(line.number, line.text, why=line.why)
    job = line.job
    return Line(job.number, job.text, line.name, sentence(line.schedule), line.steps[0]["type"], line.why,
                made.get(job.number))
