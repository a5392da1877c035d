"""Finds the line of every setting in a config.pbtxt that is known to parse; used once there is a problem to tell."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

Place = tuple[str | int, ...]
"""("input", 0, "dims", 2); an entry of a map goes by its key in brackets, ("parameters", "[EXECUTION_ENV_PATH]")."""

_TOKEN = re.compile(r"""\n|#[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|[{}<>\[\]:,;]|[^\s{}<>\[\]:,;"'#]+""")


def find_lines(text: str, kind: Any) -> dict[Place, int]:
    """`kind` is the descriptor of the message that the text describes."""
    walk = _Walk(_tokens(text))
    walk.settings((), kind)
    return walk.found


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    line = 1
    for match in _TOKEN.finditer(text):
        if match[0] == "\n":
            line += 1
        elif match[0][0] != "#":
            yield match[0], line


@dataclass
class _Walk:
    tokens: Iterator[tuple[str, int]]
    found: dict[Place, int] = field(default_factory=dict)
    token: str = ""
    line: int = 0

    def __post_init__(self) -> None:
        self._next()

    def _next(self) -> None:
        self.token, self.line = next(self.tokens, ("", self.line))

    def _skip(self, *tokens: str) -> bool:
        if self.token not in tokens:
            return False
        self._next()
        return True

    def settings(self, place: Place, kind: Any) -> str:
        """Walks the settings of one message; gives its 'key', for an entry of a map."""
        key = ""
        counts: dict[str, int] = {}
        while self.token not in ("", "}", ">"):
            setting = kind.fields_by_name[self.token]
            here: Place = (*place, setting.name)
            self.found.setdefault(here, self.line)
            self._next()
            self._skip(":")
            listed = setting.is_repeated and self._skip("[")
            while not (listed and self._skip("]")):
                inner = here
                if setting.is_repeated:
                    inner = (*here, counts.get(setting.name, 0))
                    counts[setting.name] = counts.get(setting.name, 0) + 1
                self.found.setdefault(inner, self.line)
                value = self._value(inner, setting)
                if setting.name == "key":
                    key = value
                if not listed:
                    break
                self._skip(",")
            self._skip(",", ";")
        return key

    def _value(self, place: Place, setting: Any) -> str:
        line = self.line
        if setting.type != FieldDescriptor.TYPE_MESSAGE:
            return self._scalar()
        self._next()
        key = self.settings(place, setting.message_type)
        self._next()
        if setting.message_type.GetOptions().map_entry:
            self.found.setdefault((*place[:-1], f"[{key}]"), line)
        return ""

    def _scalar(self) -> str:
        value = self.token
        self._next()
        if value[0] not in "\"'":
            return value
        value = value[1:-1]
        while self.token[:1] in ('"', "'"):  # strings that stand side by side are one
            value += self.token[1:-1]
            self._next()
        return value
