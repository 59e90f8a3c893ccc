"""One run as its page and programs see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Row

from engine.domain.data.masking import Secrets
from engine.steps import told_apart


@dataclass(frozen=True)
class Run:
    """One run: `plan` are the steps of its version, `steps` the rows of those outside loops by key."""

    row: Row[Any]
    plan: Sequence[dict[str, Any]]
    steps: dict[str, Row[Any]]
    logs: Sequence[Row[Any]]

    def shown(self, data: Any) -> Any:
        """Return data of this run as people see it: what its steps gave is stored as later steps need it."""
        return self._secrets.mask(data)

    @cached_property
    def names(self) -> dict[str, str]:
        """What sentences about this run call its steps, by key."""
        return told_apart(self.plan)

    @cached_property
    def _secrets(self) -> Secrets:
        return Secrets(self.row.input)
