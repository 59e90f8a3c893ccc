"""Numbers of bytes as people read and write them."""

from typing import Final

_UNITS: Final = ("bytes", "kB", "MB", "GB", "TB")


def size_words(count: int) -> str:
    """Return "512 bytes", "1.8 GB", "52 MB"."""
    size, unit = float(count), 0
    while size >= 999.5 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    if unit == 0:
        return "1 byte" if count == 1 else f"{count} bytes"
    number = f"{size:.1f}".removesuffix(".0") if size < 9.95 else f"{size:.0f}"
    return f"{number} {_UNITS[unit]}"
