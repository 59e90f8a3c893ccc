"""Which passwords are good enough."""

from typing import Final

from engine.domain.errors import Invalid

SHORTEST: Final = 10
LONGEST: Final = 200

# The most guessed ones that are long enough to pass otherwise (compared in lower case).
_COMMON: Final = frozenset("""
    1234567890 12345678910 123456789a 123456789q 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc 0123456789
    0987654321 9876543210 1111111111 0000000000 1212121212 1234512345 qwertyuiop qwerty1234
    qwerty12345 qwerty123456 qwertyuiop123 asdfghjkl1 asdfghjkl123 zxcvbnm123 abcdefghij abcd123456
    abc1234567 abcdef1234 password12 password123 password1234 password12345 passw0rd123 p@ssw0rd123
    p@ssword123 mypassword passwordpassword changeme123 changemenow letmein123 letmein1234
    welcome123 welcome1234 administrator admin12345 admin123456 adminadmin administrator1
    iloveyou123 iloveyou12 ilovemyself sunshine123 princess123 football123 baseball123 superman123
    michael123 charlie123 monkey12345 dragon12345 master12345 qazwsxedcrfv 1qazxsw23edc q1w2e3r4t5
    q1w2e3r4t5y6 a123456789 aa12345678 aa123456789 test123456 testtest123 secret12345 carillon123
    carilloncarillon whatever123 trustno1trustno1 starwars123 computer123 internet123 liverpool123
""".split())  # noqa: SIM905 - a list of words reads best as words


def check_password(password: str, email: str) -> None:
    """Raise `Invalid` when `password` would be guessed."""
    if len(password) < SHORTEST:
        raise Invalid(f"Enter a password of {SHORTEST} characters or more", field="password")
    if len(password) > LONGEST:
        raise Invalid(f"Enter a password of {LONGEST} characters or fewer", field="password")
    plain = password.casefold()
    if plain in (email.casefold(), email.casefold().partition("@")[0]):
        raise Invalid("Choose a password that is not your e-mail address", field="password")
    if plain in _COMMON or len(set(plain)) < 4:
        raise Invalid("Many people use this password. Choose another one", field="password")
