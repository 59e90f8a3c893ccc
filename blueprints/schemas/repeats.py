"""What doing a run again would come to."""

from datetime import datetime

from blueprints.schemas.base import Shape


class Sent(Shape):
    """A step that reached outside, `surely` or perhaps, and whether it would do so `again`."""

    name: str
    at: datetime
    surely: bool
    again: bool


class Rerun(Shape):
    sent: list[Sent]


class Resumption(Rerun):
    """The step it would go on with; `changed` is the place of a finished step that is otherwise now."""

    key: str
    name: str
    changed: int | None


class Skipping(Rerun):
    """The steps it would leave out, and the later ones that need what those would have given."""

    names: list[str]
    needs: list[str]
    changed: int | None


class Repeats(Shape):
    """`resume` and `skip` are null where the run can't be done again that way."""

    rerun: Rerun
    resume: Resumption | None
    skip: Skipping | None
