"""What is written in Pulumi.yaml and beside it, as the program gets it."""

import json
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
STACKS = ROOT / "stacks"


def described():
    return yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]


def defaults(**others):
    texts = {key: as_pulumi_hands_over(setting["default"]) for key, setting in described().items()}
    return texts | others


def as_pulumi_hands_over(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
