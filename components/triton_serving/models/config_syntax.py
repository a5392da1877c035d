"""Tells in words to act on what the parser found wrong with a config.pbtxt."""

import re
from typing import Any

from google.protobuf import text_format

from ..rules.problems import Problem
from ..rules.wording import nearest, nearest_value, shown

_NO_SUCH_FIELD = re.compile(r'Message type "([\w.]+)" has no field named "(\w+)"')
_NO_SUCH_VALUE = re.compile(r'Enum type "([\w.]+)" has no value named (\S+)\.$')
_MEANT = {"shape": "dims", "type": "data_type", "dtype": "data_type"}
"""What other frameworks call a setting; by letters alone, 'shape' would be nearest to 'reshape'."""
_POSITION = re.compile(r"^\d+:\d+ : (?:'.*?': )?", re.DOTALL)

_SYNTAX, _VALUE = "config-syntax", "config-value"
_TOLD = [
    (
        re.compile(r"Value out of range: (\S+)"),
        "a number must fit its setting (got {})",
        "correct the number; most settings take no negative ones",
        _VALUE,
    ),
    (
        re.compile(r"Couldn't parse integer: ([]}])"),
        "a whole number must stand here (found '{}')",
        "add the number, or remove the comma after the last one of a list",
        _SYNTAX,
    ),
    (
        re.compile(r"Couldn't parse integer: (\S+)"),
        "a whole number must stand here (found {})",
        "write digits only, without quotes, point, exponent or leading zeros",
        _VALUE,
    ),
    (
        re.compile(r"Expected string but found: '(.+)'$"),
        "a text in quotes must stand here (found {})",
        "put the text into double quotes",
        _VALUE,
    ),
    (
        re.compile(r'Expected "true" or "false"'),
        "true or false must stand here",
        "write one of the two in lower case and without quotes",
        _VALUE,
    ),
    (
        re.compile(r'Field "(\w+)" is specified along with field "(\w+)"'),
        "'{}' and '{}' must not both be set",
        "keep one of the two",
        _SYNTAX,
    ),
    (
        re.compile(r'should not have multiple "(\w+)" fields'),
        "'{}' must be set only once (comes again here)",
        "keep one, with all that belongs into it",
        _SYNTAX,
    ),
    (
        re.compile(r"String missing ending quote"),
        "a text in quotes must end on its line, with the kind of quote that it began with",
        "add the missing quote",
        _SYNTAX,
    ),
    (
        re.compile(r'Expected ":"'),
        "a colon must stand between a setting and its value",
        "write it as setting: value",
        _SYNTAX,
    ),
    (
        re.compile(r'Expected "\{"'),
        "a block in braces must stand here",
        "write it as setting { … }, and put no comma after the last block of a list",
        _SYNTAX,
    ),
]
"""What protobuf's parser says, the same for the user, the way out, and the rule."""


def syntax_problem(path: str, error: text_format.ParseError, pool: Any) -> Problem:
    """`pool` is the descriptor pool of the definitions that the text was parsed with."""
    said = _POSITION.sub("", str(error), count=1).rstrip(".")
    line = error.GetLine()
    if match := _NO_SUCH_FIELD.search(said):
        known = pool.FindMessageTypeByName(match[1]).fields_by_name
        meant = _MEANT.get(match[2])
        near = meant if meant in known else nearest(match[2], known)
        return Problem(
            path,
            line,
            f"{_readable(match[1])} has no setting '{shown(match[2])}'",
            f"write '{near}'" if near else "remove it, or see Triton's model_config.proto for the names there are",
            "config-unknown-field",
        )
    if match := _NO_SUCH_VALUE.search(str(error)):
        values = sorted(set(pool.FindEnumTypeByName(match[1]).values_by_name) - {"TYPE_INVALID"})
        near = nearest_value(match[2].strip("\"'"), values)
        remedy = f"write {near}, without quotes" if near else f"write one of {', '.join(values)}, without quotes"
        return Problem(path, line, f"must be a {_readable(match[1])} (got {shown(match[2])})", remedy, _VALUE)
    for pattern, message, remedy, rule in _TOLD:
        if match := pattern.search(said):
            return Problem(path, line, message.format(*map(shown, match.groups())), remedy, rule)
    return Problem(
        path,
        line,
        f"must be protobuf text that Triton can read ({shown(said)})",
        "see whether the file was cut, and check brackets, quotes and commas on this line and the one before",
        _SYNTAX,
    )


def _readable(type_name: str) -> str:
    """inference.ModelSequenceBatching.Control -> ModelSequenceBatching.Control"""
    return type_name.removeprefix("inference.")
