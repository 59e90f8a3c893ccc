"""`token` makes an API token for an account and prints it, and nothing else."""

import argparse

from engine import clock
from engine.config import Settings
from engine.db import Database, UnitOfWork
from engine.domain.errors import NotFound
from engine.domain.people.roles import SCOPES
from engine.queries.server import users as accounts
from engine.services.people import users


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--email", required=True, help="the account the token acts for")
    parser.add_argument("--name", required=True, help="what the token is for")
    parser.add_argument("--scope", action="append", choices=tuple(SCOPES), dest="scopes",
                        help="what it may do; repeatable (default: all the account may)")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    database = Database(settings.database_url, settings.synchronous)
    print(database.run(lambda uow: _create(uow, arguments)))
    database.close()
    return 0


def _create(uow: UnitOfWork, arguments: argparse.Namespace) -> str:
    account = accounts.by_email(uow.connection, arguments.email)
    if account is None:
        raise NotFound(f"Nobody has the address {arguments.email} here.")
    _, secret = users.create_token(
        uow, user_id=account.id, name=arguments.name, scopes=arguments.scopes or ["admin"], at=clock.now(),
    )
    return secret
