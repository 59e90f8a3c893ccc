"""Statements handed straight to the driver give and refuse what SQLAlchemy would."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from engine.db import Database
from engine.held import HeldConnection
from engine.many import Found
from engine.models import Base, Setting
from engine.pipelines import Overtaken
from engine.prepared import Prepared, among

SETTINGS = Base.metadata.tables[Setting.__tablename__]
NAMED = Prepared(
    select(Setting.name, Setting.value, Setting.updated_at).where(among(Setting.name, "names"))
    .order_by(Setting.name)
)
ABOVE = Prepared(select(Setting.name).where(Setting.name > bindparam("name")).order_by(Setting.name))
RENAMED = Prepared(update(SETTINGS).where(SETTINGS.c.name == bindparam("old")).values(name=bindparam("new")))

ODD = Prepared(select(Setting.name).where(Setting.name == "50% of \"ten\" o'clock: \\ :names %(x)s ?"))

OWN = Found(("name",), (SETTINGS.c.value.is_not(None),))


def rows(at: datetime, **values: object) -> list[dict[str, object]]:
    return [{"name": name, "value": value, "updated_at": at} for name, value in values.items()]


def test_values_come_back_as_they_went_in(database: Database, at: datetime) -> None:
    with database.transaction() as uow:
        uow.add(SETTINGS, rows(at, a={"list": [1, None, "é"]}, b="nul \0 and \ud800"))
        found = uow.find(NAMED, names=["a", "b", "missing"])
    kept = {row.name: row.value for row in found}
    assert kept == {"a": {"list": [1, None, "é"]}, "b": "nul \ufffd and ?"}
    assert found[0].updated_at == at and found[0].updated_at.tzinfo is UTC


def test_a_text_that_is_part_of_the_statement_may_hold_anything(database: Database, at: datetime) -> None:
    name = "50% of \"ten\" o'clock: \\ :names %(x)s ?"
    with database.transaction() as uow:
        uow.add(SETTINGS, rows(at, **{name: 1, "other": 2}))
        assert [row.name for row in uow.find(ODD)] == [name]


def test_what_was_given_before_is_there_for_whoever_asks(database: Database, at: datetime) -> None:
    with database.transaction() as uow:
        uow.add(SETTINGS, rows(at, a=1, b=1))
        uow.put(SETTINGS, ("name",), rows(at, b=2, c=3))
        assert uow.execute(select(Setting.value).order_by(Setting.name)).scalars().all() == [1, 2, 3]
    with database.reading() as connection:
        assert [row.name for row in ABOVE.all(connection, {"name": "a"})] == ["b", "c"]


def test_a_row_that_is_refused_undoes_everything(database: Database, at: datetime) -> None:
    with pytest.raises(IntegrityError), database.transaction() as uow:
        uow.add(SETTINGS, rows(at, a=1))
        uow.add(SETTINGS, rows(at, a=2))
    with database.transaction() as uow:
        assert uow.find(NAMED, names=["a"]) == []


def test_what_fails_inside_a_savepoint_spoils_nothing_outside(database: Database, at: datetime) -> None:
    with database.transaction() as uow:
        uow.add(SETTINGS, rows(at, a=1))
        with pytest.raises(IntegrityError), uow.savepoint():
            uow.add(SETTINGS, rows(at, b=1))
            uow.add(SETTINGS, rows(at, a=2))
        uow.add(SETTINGS, rows(at, c=3))
    with database.reading() as connection:
        assert [row.name for row in ABOVE.all(connection, {"name": ""})] == ["a", "c"]


def test_large_values_go_with_others_and_with_the_commit(database: Database, at: datetime) -> None:
    with database.transaction() as uow:
        uow.put(SETTINGS, ("name",), rows(at, a=1, big="x" * 9_900_000))
        uow.put(SETTINGS, ("name",), rows(at, b=2))
    with database.transaction() as uow:
        uow.put(SETTINGS, ("name",), rows(at, big="y" * 9_900_000))
        uow.run(RENAMED, [{"old": "a", "new": "x"}, {"old": "x", "new": "a"}])
        found = uow.find(NAMED, names=["a", "b", "big"])
    assert [len(str(row.value)) for row in found] == [1, 1, 9_900_000]


@pytest.mark.parametrize("others", [{}, {"a": 3, "b": 3}])
def test_a_row_that_is_not_as_it_has_to_be_undoes_everything(
    database: Database, at: datetime, others: dict[str, int]
) -> None:
    with database.transaction() as uow:
        uow.add(SETTINGS, rows(at, a=1, b=1))
        uow.insist(SETTINGS, rows(at, a=2, b=2), OWN)
    with pytest.raises(Overtaken), database.transaction() as uow:
        uow.add(SETTINGS, rows(at, c=1))
        uow.insist(SETTINGS, rows(at, **others, gone=3), OWN)
    with database.transaction() as uow:
        found = uow.find(NAMED, names=["a", "b", "c", "gone"])
    assert [(row.name, row.value) for row in found] == [("a", 2), ("b", 2)]


def test_rows_that_come_twice_are_found_once(database: Database, at: datetime) -> None:
    with database.transaction() as uow:
        uow.add(SETTINGS, rows(at, a=1))
        uow.insist(SETTINGS, [*rows(at, a=2), *rows(at, a=2)], OWN)
        assert [row.value for row in uow.find(NAMED, names=["a"])] == [2]


def test_after_a_refusal_the_same_connection_and_statements_serve_again(
    database: Database, at: datetime
) -> None:
    for _ in range(3):
        with pytest.raises(IntegrityError), database.transaction() as uow:
            uow.add(SETTINGS, rows(at, a=1))
            uow.add(SETTINGS, rows(at, a=1))
            uow.find(NAMED, names=["a"])
        with database.transaction() as uow:
            uow.execute(select(Setting.name)).all()
            assert uow.find(NAMED, names=["a"]) == []


def test_the_last_question_of_a_single_work_commits(database: Database, at: datetime) -> None:
    held = HeldConnection(database)
    with held.untold(is_single=True) as uow:
        uow.add(SETTINGS, rows(at, a=1))
        uow.find(NAMED, last=True, names=["a"])
        with database.reading() as connection:
            seen = NAMED.all(connection, {"names": ["a"]})
    assert database.is_sqlite or len(seen) == 1
    held.close()
    with database.reading() as connection:
        assert [row.name for row in NAMED.all(connection, {"names": ["a"]})] == ["a"]


def test_what_was_sent_is_undone_when_something_else_fails(database: Database, at: datetime) -> None:
    for ask in (lambda uow: uow.find(NAMED, names=["a"]), lambda uow: uow.execute(select(Setting.name))):
        with pytest.raises(ZeroDivisionError), database.transaction() as uow:
            uow.add(SETTINGS, rows(at, a=1))
            ask(uow)
            uow.add(SETTINGS, rows(at, b=1))
            raise ZeroDivisionError
        with database.transaction() as uow:
            assert uow.find(NAMED, names=["a", "b"]) == []


def test_statements_of_sqlalchemy_belong_to_the_same_transaction(database: Database, at: datetime) -> None:
    with database.transaction() as uow:
        uow.add(SETTINGS, rows(at, a=1))
        uow.find(NAMED, names=["a"])
        uow.execute(insert(Setting).values(name="b", value=1, updated_at=at))
        uow.run(RENAMED, [{"old": "a", "new": "c"}])
        with database.reading() as connection:
            assert ABOVE.all(connection, {"name": ""}) == []
    with database.reading() as connection:
        assert [row.name for row in ABOVE.all(connection, {"name": ""})] == ["b", "c"]
