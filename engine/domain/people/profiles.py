"""What an account may be called and reached at."""

from collections.abc import Callable
from typing import Final

from engine.domain.errors import Invalid, Problem

THEMES: Final = ("system", "light", "dark")


def all_of(*checks: Callable[[], object]) -> None:
    """Run every check and raise one `Invalid` with all the problems they found."""
    problems: list[Problem] = []
    for check in checks:
        try:
            check()
        except Invalid as error:
            problems.extend(error.problems)
    if problems:
        raise Invalid(problems=problems)


def tidy_email(email: str) -> str:
    """Return the one spelling under which an address is stored and looked up."""
    return email.strip().lower()


def check_email(email: str) -> None:
    name, at_sign, host = tidy_email(email).rpartition("@")
    if not (name and at_sign and host) or any(c.isspace() or not c.isprintable() for c in name + host):
        raise Invalid("Enter an e-mail address, like ann@example.org", field="email")
    if len(email) > 254:
        raise Invalid("Enter an e-mail address of 254 characters or fewer", field="email")


def check_name(name: str, what: str = "your name") -> None:
    if not name.strip():
        raise Invalid(f"Enter {what}", field="name")
    if len(name) > 120:
        raise Invalid("Enter a name of 120 characters or fewer", field="name")


def check_choice(value: str, choices: tuple[str, ...], field: str) -> None:
    if value not in choices:
        raise Invalid("Choose one from the list", field=field)
