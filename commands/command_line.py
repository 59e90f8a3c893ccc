"""The command line: `python app.py COMMAND …`."""

import argparse
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Final

from commands import backup, demo, doctor, home, import_crontab, init, migrate, restore, serve, token, web
from engine import config
from engine.domain.errors import DomainError

COMMANDS: Final[tuple[ModuleType, ...]] = (
    serve, init, token, doctor, backup, restore, import_crontab, demo, migrate)


def main(words: Sequence[str]) -> int:
    """Run the command `words` name and return the exit code; without words, say what there is."""
    parser = build_parser()
    arguments = parser.parse_args(words)
    if not hasattr(arguments, "run"):
        parser.print_help()
        return 0
    try:
        settings = config.load()
        for name in settings.unknown:
            print(f"{name} is not a setting of Carillon and changes nothing.", file=sys.stderr)
        home.prepare(settings.home)
        return int(arguments.run(arguments, settings))
    except DomainError as error:
        for problem in error.problems:
            print(problem.message, file=sys.stderr)
        return 1


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="app.py", description="Carillon runs workflows on time.")
    chosen = parser.add_subparsers(metavar="COMMAND", title="commands")
    for module in COMMANDS:
        sentence = (module.__doc__ or "").splitlines()[0].partition("` ")[2]
        _complete(chosen.add_parser(_name(module), help=sentence), module)
    _complete(chosen.add_parser(_name(web)), web)  # without help it is not listed: serve starts it
    return parser


def _complete(command: argparse.ArgumentParser, module: ModuleType) -> None:
    command.description = (module.__doc__ or "").replace("`", "")
    module.add_arguments(command)
    command.set_defaults(run=module.run)


def _name(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2].replace("_", "-")
