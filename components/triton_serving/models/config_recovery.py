"""Gets the parser past a fault, so that all faults of a config.pbtxt are told in one go and not one a run."""

import re

QUOTED_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\\n])*"|' r"'(?:\\.|[^'\\\n])*'|" r"#[^\n]*")

_NAME = re.compile(r"\w+\s*:?\s*")
_NAME_BEFORE_VALUE = re.compile(r"\w+\s*:\s*$")
_SCALAR = re.compile(r"[^\s,;{}\[\]<>]+")
_SEPARATOR = re.compile(r"\s*[,;]")
_CLOSING = {"{": "}", "[": "]", "<": ">"}


def without_setting(text: str, line: int, column: int) -> str | None:
    """The text with one setting blanked out: the one whose name or value stands there. None if there is no telling."""
    bare = QUOTED_OR_COMMENT.sub(lambda found: ("." if found[0][0] != "#" else " ") * len(found[0]), text)
    lines = text.split("\n")
    if not 0 < line <= len(lines):
        return None
    place = sum(len(before) + 1 for before in lines[: line - 1]) + column - 1
    named = _NAME_BEFORE_VALUE.search(bare, 0, place)
    start = named.start() if named else place
    end = _end(bare, start)
    if end is None:
        return None
    return text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]


def _end(bare: str, start: int) -> int | None:
    """Where a setting ends, the separator behind it included."""
    name = _NAME.match(bare, start)
    if name is None or name.end() == len(bare):
        return None
    end = _closing(bare, name.end()) if bare[name.end()] in _CLOSING else _scalar(bare, name.end())
    separator = _SEPARATOR.match(bare, end) if end is not None else None
    return separator.end() if separator else end


def _scalar(bare: str, start: int) -> int | None:
    value = _SCALAR.match(bare, start)
    return value.end() if value else None


def _closing(bare: str, start: int) -> int | None:
    expected = []
    for place in range(start, len(bare)):
        if bare[place] in _CLOSING:
            expected.append(_CLOSING[bare[place]])
        elif expected and bare[place] == expected[-1]:
            expected.pop()
            if not expected:
                return place + 1
    return None
