"""What callers of a web address are answered."""

from blueprints.schemas.base import Shape


class Accepted(Shape):
    """The run is kept and will start; the same delivery gets the same answer."""

    execution_id: str


class Secret(Shape):
    secret: str
