"""Good configurations with one random change each, always the same ones: in the text, or in what it means."""

import random
import re
from collections.abc import Callable

from .case import BATCHED, CONFIG, Case, Files, add
from .ensembles import TWO

SEED = 24_10
IN_TEXT = 40
IN_MEANING = 180

RICH = (
    BATCHED
    + "version_policy { latest { num_versions: 2 } }\n"
    + "dynamic_batching { preferred_batch_size: [ 4, 8 ] max_queue_delay_microseconds: 100 }\n"
    + 'parameters { key: "k" value { string_value: "v" } }\n'
    + 'model_warmup [ { name: "w" batch_size: 1 '
    + 'inputs { key: "x" value { data_type: TYPE_FP32 dims: [ 1 ] zero_data: true } } } ]\n'
    + "optimization { priority: PRIORITY_MAX }\n"
)
QUEUED = (
    BATCHED
    + "dynamic_batching { priority_levels: 3 default_priority_level: 2\n"
    + "default_queue_policy { timeout_action: DELAY default_timeout_microseconds: 100 max_queue_size: 7 }\n"
    + "priority_queue_policy { key: 1 value { max_queue_size: 4 } } }\n"
    + "response_cache { enable: false }\n"
)
SEQUENCE = (
    BATCHED
    + "sequence_batching { max_sequence_idle_microseconds: 100 oldest { max_candidate_sequences: 4 }\n"
    + 'control_input [ { name: "START" control [ { kind: CONTROL_SEQUENCE_START int32_false_true: [ 0, 1 ] } ] },\n'
    + '{ name: "ID" control [ { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_UINT64 } ] } ]\n'
    + 'state [ { input_name: "si" output_name: "so" data_type: TYPE_INT32 dims: [ 1 ]\n'
    + 'initial_state { data_type: TYPE_INT32 dims: [ 1 ] zero_data: true name: "zero" } } ] }\n'
)
SHAPES = (
    'name: "add"\nbackend: "python"\nmax_batch_size: 4\n'
    + 'input [ { name: "x" data_type: TYPE_FP32 dims: [ -1, 3 ] }, '
    + '{ name: "i" data_type: TYPE_UINT8 format: FORMAT_NHWC dims: [ 8, 8, 3 ] optional: true } ]\n'
    + 'output [ { name: "y" data_type: TYPE_FP32 dims: [ 4 ] reshape { shape: [ 2, 2 ] } } ]\n'
    + "instance_group [ { kind: KIND_CPU count: 2 }, { kind: KIND_MODEL count: 1 } ]\n"
    + "model_transaction_policy { decoupled: false }\n"
)


def _model(config: str) -> Files:
    return add(config, versions=("1", "2", "3"))


def _ensemble(config: str) -> Files:
    return add() | {"both/config.pbtxt": config, "both/1/.gitkeep": ""}


Wrap = Callable[[str], Files]
TEXTS: list[tuple[str, Wrap]] = [(CONFIG, _model), (RICH, _model)]
MEANINGS: list[tuple[str, Wrap]] = [
    *((config, _model) for config in (RICH, QUEUED, SEQUENCE, SHAPES)),
    (str(TWO["both/config.pbtxt"]), _ensemble),
]

_TOKEN = re.compile(r'"[^"]*"|[A-Za-z_]+|-?\d+|\s+|.')
_SETTING = re.compile(r'[a-z_]+(?:: (?:\[[^]]*\]|"[^"]*"|-?\w+)| \{[^{}]*\})')
_VALUES = {
    r"(?<![\w\"])-?\d+\b": ["-2", "-1", "0", "1", "2", "3", "7", "8", "9", "1000", "2147483647"],
    r"TYPE_\w+": ["TYPE_FP32", "TYPE_INT32", "TYPE_UINT64", "TYPE_STRING", "TYPE_BF16", "TYPE_INVALID"],
    r'"[^"]*"': ['"x"', '"y"', '"z"', '"add"', '""', '"python"', '"between"'],
    r"\b(?:true|false)\b": ["true", "false"],
    r"\b(?:KIND|CONTROL|FORMAT|PRIORITY)_\w+": ["KIND_CPU", "KIND_AUTO", "CONTROL_SEQUENCE_END", "FORMAT_NCHW"],
}


def _change_text(text: str, chance: random.Random) -> str:
    tokens = _TOKEN.findall(text)
    index, other = chance.sample([index for index, token in enumerate(tokens) if not token.isspace()], 2)
    match chance.randrange(6):
        case 0:
            del tokens[index]
        case 1:
            tokens.insert(index, tokens[index] + " ")
        case 2:
            tokens[index], tokens[other] = tokens[other], tokens[index]
        case 3:
            tokens[index] = tokens[other]
        case 4:
            tokens[index] = tokens[index][:-1] or "_"
        case _:
            tokens[index] = chance.choice(["-1", "0", "true", '"x"', "{ }", "[ ]", "TYPE_INT64", "9" * 12, "name: "])
    return "".join(tokens)


def _change_meaning(text: str, chance: random.Random) -> str:
    if chance.random() < 0.3:
        setting = chance.choice(list(_SETTING.finditer(text)))
        copies = chance.choice(["", f"{setting[0]} {setting[0]}"])
        return text[: setting.start()] + copies + text[setting.end() :]
    pattern = chance.choice([pattern for pattern in _VALUES if re.search(pattern, text)])
    value = chance.choice(list(re.finditer(pattern, text)))
    return text[: value.start()] + chance.choice(_VALUES[pattern]) + text[value.end() :]


def _changed(
    kind: str, count: int, bases: list[tuple[str, Wrap]], change: Callable[[str, random.Random], str]
) -> list[Case]:
    chance = random.Random(SEED)  # noqa: S311 - everybody has the same cases; nothing here is secret
    found: dict[str, Wrap] = {}
    while len(found) < count:
        base, wrap = chance.choice(bases)
        text = change(base, chance)
        if text != base:
            found.setdefault(text, wrap)
    return [Case(f"{kind} {number:03}", wrap(text)) for number, (text, wrap) in enumerate(found.items())]


CASES = [
    *(Case(f"base {number}", wrap(base)) for number, (base, wrap) in enumerate(TEXTS + MEANINGS)),
    *_changed("change of text", IN_TEXT, TEXTS, _change_text),
    *_changed("change of meaning", IN_MEANING, MEANINGS, _change_meaning),
]
