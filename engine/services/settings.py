"""Values that are kept by name: what administrators have set, and what the installation remembers."""

from datetime import datetime
from typing import Any, Final

from engine.db import UnitOfWork
from engine.models import Base, Setting

_SETTINGS: Final = Base.metadata.tables[Setting.__tablename__]


def put(uow: UnitOfWork, name: str, value: Any, at: datetime) -> None:
    uow.put(_SETTINGS, ("name",), [{"name": name, "value": value, "updated_at": at}])
