"""API keys: kept, rotated one at a time, and never to be read outside of the stack's encrypted state."""

import json
import re
from pathlib import Path
from typing import Any

from parts.engine import NEEDED, YamlProgram

KEYS = "triton-serving:index:ApiKeys"
OUTPUTS = {"primary": "${keys.primaryKey}", "secondary": "${keys.secondaryKey}"}


def declare(yaml: YamlProgram, more: dict[str, Any] | None = None, **inputs: str) -> None:
    resources = {"keys": {"type": KEYS, "properties": inputs}, **(more or {})}
    yaml.write({"resources": resources, "outputs": OUTPUTS})


def test_keys_are_kept_and_rotated_one_at_a_time_and_never_shown(yaml: YamlProgram) -> None:
    seen = []
    declare(yaml)
    seen += [yaml.preview().fine().text, yaml.up().fine().text, yaml.up("--expect-no-changes").fine().text]
    first = yaml.outputs()
    assert len(first) == 2
    assert all(re.fullmatch("[A-Za-z0-9]{32}", key) for key in first.values())
    assert first["primary"] != first["secondary"]

    declare(yaml, primaryRotation="2026-11")
    seen += [yaml.preview("--diff").fine().text, yaml.up().fine().text]
    second = yaml.outputs()
    assert second["primary"] != first["primary"]
    assert second["secondary"] == first["secondary"]

    own = "a-key-of-my-own-0123456789"
    declare(yaml, secondaryKey=own, primaryRotation="2026-11")
    seen += [yaml.up("--diff").fine().text]
    assert yaml.outputs() == {"primary": second["primary"], "secondary": own}

    declare(yaml, secondaryRotation="x", primaryRotation="2026-12")
    told = yaml.preview().refused("both keys would change at once")
    declare(yaml, primaryKey="too-short-key")
    told_short = yaml.preview().refused("'primaryKey' must have 16 to 256 characters (got 13)")
    seen += [told.text, told_short.text, yaml.export(), yaml.pulumi("stack", "output", "--json").fine().text]
    everything = "".join([*seen, *written(yaml.folder)])
    for key in (*first.values(), *second.values(), own, "too-short-key"):
        assert key not in everything.replace(program_text(yaml), "")


def test_a_description_made_of_a_key_is_unknown_in_the_preview_and_encrypted_in_the_state(yaml: YamlProgram) -> None:
    digits = {
        "type": "triton-serving:index:TritonModelRepository",
        "properties": {
            **NEEDED,
            "description": "called with ${keys.primaryKey}",
            "tags": {"key": "${keys.secondaryKey}", "team": "vision"},
        },
    }
    declare(yaml, {"digits": digits})
    told = yaml.preview().fine().text
    assert "+ models/triton/digits/labels.txt (50 bytes)" in told
    told += yaml.up().fine().text
    keys = yaml.outputs()
    told += yaml.up("--expect-no-changes").fine().text
    inputs = yaml.resource("ModelVersion")["inputs"]
    assert "ciphertext" in inputs["description"]
    assert "ciphertext" in json.dumps(inputs["tags"])
    assert inputs["name"] == "digits"
    clear = "".join([told, yaml.export(), yaml.destroy().fine().text, *written(yaml.folder)])
    assert not [key for key in keys.values() if key in clear]


def test_inputs_may_be_known_only_during_the_update(yaml: YamlProgram) -> None:
    def known_late(value: str) -> dict[str, Any]:
        return {"fn::select": [0, [value, "${keys.primaryKey}"]]}

    place = f"oci-layout://{yaml.data}"
    given = {**NEEDED, "registry": place, "description": "digits"}
    late = {key: known_late(value) for key, value in given.items()}
    digits = {"type": "triton-serving:index:TritonModelRepository", "properties": late}
    yaml.write(
        {"resources": {"keys": {"type": KEYS}, "digits": digits}, "outputs": {"ref": "${digits.imageRef}"}},
    )
    told = yaml.preview().fine().text
    assert "4 to create" in told
    yaml.up().fine()
    assert yaml.outputs()["ref"].startswith(f"{place}/digits@sha256:")
    yaml.preview("--expect-no-changes").fine()
    digits["properties"] = {**late, "name": known_late("Digits!"), "keepVersions": 1000}
    yaml.write({"resources": {"keys": {"type": KEYS, "properties": {"primaryRotation": "1"}}, "digits": digits}})
    told = yaml.preview().refused("'keepVersions' must be a whole number from 0 to 100 (got 1000)").text
    assert "'name'" not in told, "what is not known yet cannot be judged"
    yaml.up().refused("'name' must be lower-case letters and digits")
    yaml.destroy().fine()
    assert not [path for path in yaml.data.rglob("*") if path.is_file()]


def written(folder: Path) -> list[str]:
    """What was left behind in files, apart from the program and the answers to `stack output --show-secrets`."""
    places = (folder / place for place in ("state", "home", "data", "cache"))
    return [path.read_text(errors="replace") for place in places for path in place.rglob("*") if path.is_file()]


def program_text(yaml: YamlProgram) -> str:
    return (yaml.project / "Pulumi.yaml").read_text()
