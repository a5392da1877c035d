"""Good configurations with one random change each, always the same ones."""

import random
import re

from .case import BATCHED, CONFIG, Case, add

SEED = 24_10
COUNT = 80
RICH = (
    BATCHED
    + "version_policy { latest { num_versions: 2 } }\n"
    + "dynamic_batching { preferred_batch_size: [ 4, 8 ] max_queue_delay_microseconds: 100 }\n"
    + 'parameters { key: "k" value { string_value: "v" } }\n'
    + 'model_warmup [ { name: "w" batch_size: 1 inputs { key: "x" value { data_type: TYPE_FP32 dims: [ 1 ] zero_data: true } } } ]\n'
    + "optimization { priority: PRIORITY_MAX }\n"
)


def _tokens(text: str) -> list[str]:
    return re.findall(r'"[^"]*"|[A-Za-z_]+|-?\d+|\s+|.', text)


def _mutate(text: str, chance: random.Random) -> str:
    tokens = _tokens(text)
    solid = [index for index, token in enumerate(tokens) if not token.isspace()]
    index, other = chance.sample(solid, 2)
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


def _cases() -> list[Case]:
    chance = random.Random(SEED)
    found: dict[str, None] = {}
    while len(found) < COUNT:
        base = chance.choice([CONFIG, RICH])
        changed = _mutate(base, chance)
        if changed != base:
            found.setdefault(changed)
    return [Case(f"mutation {number:02}", add(config, versions=("1", "2", "3"))) for number, config in enumerate(found)]


CASES = _cases()
