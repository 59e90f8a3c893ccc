"""JSON lists inside the databases: how long they are, and their items as rows."""

from typing import Any

from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


class array_length(GenericFunction[int]):  # noqa: N801 - SQL functions are written like this
    """The number of items of a JSON list."""

    type = Integer()
    inherit_cache = True


class array_items(GenericFunction[Any]):  # noqa: N801
    """The items of a JSON list, as rows with the column `value`."""

    inherit_cache = True


@compiles(array_length)
def _array_length(element: array_length, compiler: Any, **options: Any) -> str:
    name = "jsonb_array_length" if compiler.dialect.name == "postgresql" else "json_array_length"
    return f"{name}{compiler.process(element.clause_expr, **options)}"


@compiles(array_items)
def _array_items(element: array_items, compiler: Any, **options: Any) -> str:
    name = "jsonb_array_elements" if compiler.dialect.name == "postgresql" else "json_each"
    return f"{name}{compiler.process(element.clause_expr, **options)}"
