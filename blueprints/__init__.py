"""The HTTP edges: parse, call a service or a query, render. README.md shows the pattern."""

import importlib
import pkgutil
from collections.abc import Iterator

from flask import Blueprint, Flask


def register(app: Flask) -> None:
    """Register the `bp` of every module in the folders of this package."""
    for blueprint in _find(__name__, __path__):
        app.register_blueprint(blueprint)


def _find(package: str, path: list[str]) -> Iterator[Blueprint]:
    for module in pkgutil.walk_packages(path, prefix=f"{package}."):
        found = getattr(importlib.import_module(module.name), "bp", None)
        if found is not None:
            yield found
