"""`init` makes the first administrator without the set-up page."""

import argparse
import sys

from commands import migrate
from engine import clock
from engine.config import Settings
from engine.db import Database
from engine.domain.errors import Invalid
from engine.services.people import users


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--email", required=True, help="the address to sign in with")
    parser.add_argument("--name", help="the name others see (default: what is before the @)")
    parser.add_argument("--password-stdin", action="store_true", required=True,
                        help="read the password from standard input")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise Invalid("Give the password on standard input.", field="password")
    migrate.upgrade(settings.database_url)
    database = Database(settings.database_url, settings.synchronous)
    database.run(lambda uow: users.create_admin(
        uow, email=arguments.email, name=arguments.name or arguments.email.partition("@")[0],
        password=password, timezone=settings.timezone, at=clock.now(),
    ))
    database.close()
    print(f"{arguments.email} can sign in at {settings.base_url}.")
    return 0
