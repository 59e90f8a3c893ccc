"""The switch for scripts as JSON."""

from blueprints.schemas.base import Body, Shape


class Allow(Body):
    allowed: bool


class Scripts(Shape):
    """Whether steps may run scripts on this server."""

    allowed: bool
