"""The options of curl and wget that an HTTP step can stand for, and why it can't for others."""

from collections.abc import Mapping
from typing import Final

A_FILE: Final = "it keeps what it gets in a file"
_ANY_CERTIFICATE: Final = "it accepts any certificate"
_SIGN_IN: Final = "it signs in with a name and a password"


def _by_option(options: Mapping[str, str]) -> dict[str, str]:
    """Turn "what it does: its options" around; what is no action says why the command can't be taken over."""
    return {option: action for action, names in options.items() for option in names.split()}


CURL: Final = _by_option({
    "ignored": "-s --silent -S --show-error -f --fail --fail-with-body -v -i -N --compressed -4 -6",
    "follow": "-L --location", "head": "-I --head", "as_query": "-G --get",
    _ANY_CERTIFICATE: "-k --insecure", A_FILE: "-O --remote-name",
})
CURL_WITH_VALUE: Final = _by_option({
    "ignored": "-w --write-out --connect-timeout --retry --retry-delay --retry-max-time",
    "method": "-X --request", "header": "-H --header", "agent": "-A --user-agent", "referer": "-e --referer",
    "cookie": "-b --cookie", "data": "-d --data --data-ascii --data-binary", "raw": "--data-raw",
    "json": "--json", "limit": "-m --max-time", "output": "-o --output", "url": "--url",
    _SIGN_IN: "-u --user", "it sends a form with files": "-F --form", "it sends a file": "-T --upload-file",
})
WGET: Final = _by_option({
    "ignored": "-q --quiet -v -nv --no-verbose --no-cache -4 -6",
    "head": "--spider", "discard": "--delete-after", _ANY_CERTIFICATE: "--no-check-certificate",
})
WGET_WITH_VALUE: Final = _by_option({
    "ignored": "-t --tries --waitretry", "output": "-O --output-document", "header": "--header",
    "raw": "--post-data --body-data", "method": "--method", "agent": "-U --user-agent",
    "referer": "--referer", "limit": "-T --timeout", "it writes its log to a file": "-o --output-file",
    _SIGN_IN: "--user --password --http-user --http-password",
})
