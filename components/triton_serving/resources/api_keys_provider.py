"""What ApiKeys does when the engine asks. The keys live in the stack's encrypted state and nowhere else."""

from collections.abc import Mapping
from typing import Any

from ..rules.api_keys import key_problem, new_key
from ..rules.arguments import unknown_arguments
from ..rules.problems import UserError
from .resource import Call, Change, Changes, Checked
from .values import UNKNOWN, Properties, has_unknown

_SIDES = ("primary", "secondary")


class ApiKeysProvider:
    type_name = "ApiKeys"

    schema: Mapping[str, Any] = {
        "description": "Two API keys. Updates keep both, and only one changes at a time, so that no client is ever "
        "locked out.",
        "inputProperties": {
            f"{side}{what}": {"type": "string", "secret": what == "Key", "description": text.format(side=side)}
            for side in _SIDES
            for what, text in (
                ("Key", "A {side} key of your own, 16 to 256 visible ASCII characters. Defaults to a generated one."),
                ("Rotation", "Any text, a date for example. Changing it makes a new {side} key."),
            )
        },
        "properties": {
            f"{side}Key": {"type": "string", "secret": True, "description": f"The {side} key."} for side in _SIDES
        },
        "required": [f"{side}Key" for side in _SIDES],
    }

    def check(self, call: Call, news: Properties) -> Checked:
        problems = unknown_arguments(news, self.schema["inputProperties"])
        for side in _SIDES:
            key = f"{side}Key"
            if key in news and not has_unknown(news[key]) and (problem := key_problem(news[key])):
                problems.append(f"'{key}' {problem}")
            if key in news and f"{side}Rotation" in news:
                problems.append(f"'{key}' is given, so '{side}Rotation' has nothing to rotate; remove one of them")
        given = [news[f"{side}Key"] for side in _SIDES if f"{side}Key" in news]
        if len(given) == 2 and given[0] is not UNKNOWN and given[0] == given[1]:
            problems.append("'secondaryKey' must differ from 'primaryKey'; choose another one")
        return Checked(news, problems)

    def diff(self, call: Call, olds: Properties, news: Properties) -> Changes:
        changed = [side for side in _SIDES if _changes(side, olds, news)]
        if len(changed) == 2 and not any(has_unknown(news.get(f"{side}Key")) for side in _SIDES):
            raise UserError(
                "both keys would change at once, which locks every client out; change one, move the clients to it, "
                "then change the other"
            )
        changes = {f"{side}Key": Change.UPDATE for side in changed}
        for label in (f"{side}Rotation" for side in _SIDES):
            if olds.get(label) != news.get(label):
                changes[label] = Change.UPDATE
        return changes

    def create(self, call: Call, inputs: Properties) -> tuple[str, Properties]:
        keys = {f"{side}Key": inputs.get(f"{side}Key", _generate(call)) for side in _SIDES}
        return call.urn.split("::")[-1], inputs | keys

    def read(self, call: Call, resource_id: str, state: Properties) -> Properties:
        return state

    def update(self, call: Call, resource_id: str, olds: Properties, inputs: Properties) -> Properties:
        keys = {
            f"{side}Key": _generate(call) if _changes(side, olds, inputs) else _kept(side, olds)
            for side in _SIDES
            if f"{side}Key" not in inputs
        }
        return inputs | keys

    def delete(self, call: Call, resource_id: str, state: Properties) -> None:
        """Nothing to do: a key ends with the state that holds it."""


def _changes(side: str, olds: Properties, news: Properties) -> bool:
    """Whether this key will be another one: given anew, or rotated by a new label. No longer giving a key keeps it."""
    given = news.get(f"{side}Key")
    if given is not None:
        return bool(given != olds.get(f"{side}Key", given))
    label = f"{side}Rotation"
    return label in news and olds.get(label) != news[label]


def _kept(side: str, olds: Properties) -> Any:
    if (key := f"{side}Key") in olds:
        return olds[key]
    raise UserError(
        f"the state lacks '{key}', as one does that another version of triton-serving wrote, and it is nowhere else; "
        f"give the key that clients have as '{key}', or '{side}Rotation' for a new one"
    )


def _generate(call: Call) -> Any:
    return UNKNOWN if call.preview else new_key()
