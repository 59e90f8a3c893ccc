"""Print one SVG sprite: the logo and the icons named in a list, as <symbol> elements."""

import re
import sys
from pathlib import Path


def inside(svg: str) -> str:
    """What stands between <svg …> and </svg>, on one line."""
    body = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    body = re.sub(r"^.*?<svg[^>]*>|</svg>\s*$", "", body.strip(), flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", "", body).replace(" />", "/>")


def symbol(name: str, svg: str, box: int) -> str:
    return f'<symbol id="{name}" viewBox="0 0 {box} {box}">{inside(svg)}</symbol>'


def sprite(icons: Path, names: list[str], logo: Path) -> str:
    symbols = [symbol("logo", logo.read_text(), 32)]
    symbols += [symbol(name, (icons / f"{name}.svg").read_text(), 24) for name in names]
    note = "<!-- Icons: Lucide, ISC licence, see vendor/lucide.LICENSE. The logo is our own. -->"
    head = '<svg xmlns="http://www.w3.org/2000/svg">'
    return "\n".join([head, note, *symbols, "</svg>"])


if __name__ == "__main__":
    icon_folder, name_list, logo_file = map(Path, sys.argv[1:])
    print(sprite(icon_folder, name_list.read_text().split(), logo_file))
