"""Services from a program without code: the plugin hosts the components, ten of them side by side."""

from parts.asking import ask
from parts.engine import ROOT, YamlProgram
from parts.services import borrow_programs, end_everything_below, running_below

REPOSITORY = {
    "type": "triton-serving:index:TritonModelRepository",
    "properties": {"directory": "examples/digits/models", "name": "digits"},
}
TEN = [f"digits-{number}" for number in range(10)]
REQUEST = (ROOT / "examples/digits/request.json").read_bytes()


def test_ten_services_run_side_by_side(yaml: YamlProgram) -> None:
    borrow_programs(yaml.cache)
    service = {"model": "${models.imageRef}", "port": 0}
    ten = {name: {"type": "triton-serving:index:LocalWebservice", "properties": service} for name in TEN}
    outputs = {name: f"${{{name}.inferUris}}" for name in TEN}
    yaml.write({"resources": {"models": REPOSITORY, **ten}, "outputs": outputs})
    try:
        yaml.up().fine()
        addresses = [uris["digits/1"] for uris in yaml.outputs().values()]
        assert len(set(addresses)) == 10
        for address in addresses:
            status, text = ask(address, REQUEST)
            assert status == 200
            assert ":7:seven" in text
        yaml.preview("--expect-no-changes").fine()
        yaml.destroy().fine()
        assert not running_below(yaml.data)
        assert not [path for path in yaml.data.rglob("*") if path.is_file()]
    finally:
        end_everything_below(yaml.data)


def test_a_script_with_its_environment_and_keys_from_yaml(yaml: YamlProgram) -> None:
    borrow_programs(yaml.cache)
    environment = {"pipPackages": ["pillow==13.0.0"], "environmentVariables": {"WORKER_COUNT": "2"}}
    service = {
        "model": "${models.imageRef}",
        "entryScript": str(ROOT / "examples/digits/score.py"),
        "environment": "${environment.environmentRef}",
        "environmentVariables": "${environment.environmentVariables}",
        "authEnabled": True,
        "primaryKey": "a-key-of-the-caller-1",
        "port": 0,
    }
    resources = {
        "models": REPOSITORY,
        "environment": {"type": "triton-serving:index:ScoringEnvironment", "properties": environment},
        "digits": {"type": "triton-serving:index:LocalWebservice", "properties": service},
    }
    yaml.write({"resources": resources, "outputs": {"uri": "${digits.scoringUri}", "key": "${digits.secondaryKey}"}})
    try:
        yaml.preview().fine()
        yaml.up().fine()
        found = yaml.outputs()
        picture = (ROOT / "examples/digits/seven.png").read_bytes()
        for key in "a-key-of-the-caller-1", found["key"]:
            headers = {"Content-Type": "application/octet-stream", "Authorization": f"Bearer {key}"}
            assert ask(found["uri"], picture, headers) == (200, "7 : seven")
        assert ask(found["uri"], picture, {"Content-Type": "application/octet-stream"})[0] == 401
        yaml.preview("--expect-no-changes").fine()
        state = yaml.export()
        assert "a-key-of-the-caller-1" not in state
        assert found["key"] not in state
        yaml.destroy().fine()
    finally:
        end_everything_below(yaml.data)


def test_every_mistake_of_a_service_is_told_in_the_preview(yaml: YamlProgram) -> None:
    service = {"model": "digits:1", "port": 70000, "mode": "fast", "scoringTimeoutMs": 0}
    yaml.write({"resources": {"digits": {"type": "triton-serving:index:LocalWebservice", "properties": service}}})
    told = "'model' must be an image by digest", "'port' must be", "'mode' must be", "'scoringTimeoutMs' must be"
    yaml.preview().refused(*told)
    service = {"model": "digits:1", "prot": 1}
    yaml.write({"resources": {"digits": {"type": "triton-serving:index:LocalWebservice", "properties": service}}})
    yaml.preview().refused("Property prot does not exist")
