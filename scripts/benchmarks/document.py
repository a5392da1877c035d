"""Puts measured tables into docs/benchmarks.md, each between its own two marks; the words around them stay."""

import re
from pathlib import Path

FILE = Path(__file__).parents[2] / "docs" / "benchmarks.md"


def put(name: str, text: str) -> None:
    page = FILE.read_text()
    place = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    if not place.search(page):
        raise LookupError(f"{FILE.name} has no place for {name}: <!-- {name} --> and <!-- /{name} -->")
    FILE.write_text(place.sub(lambda marks: f"{marks[1]}{text}\n{marks[2]}", page))
