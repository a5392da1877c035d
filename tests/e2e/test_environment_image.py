"""An environment as an image, from a program without code: previewed, pushed, changed and taken away by the engine."""

import json
import re
from shutil import copy

import pytest
from parts.base_images import push_tiny_base
from parts.docker_registry import DockerRegistry
from parts.engine import ROOT, YamlProgram
from triton_serving.models.registry.open import open_registry
from yaml import safe_load as load

EXAMPLE = ROOT / "examples" / "scoring-environment-yaml"
OF_THE_INDEX = "hunter2"


def declare(yaml: YamlProgram, there: DockerRegistry, base: str, **inputs: object) -> None:
    given = {
        "registry": f"{there.url}/team",
        "baseImage": base,
        "curated": "none",
        "pythonVersion": "3.11",
        **inputs,
    }
    environment = {
        "type": "triton-serving:index:ScoringEnvironment",
        "properties": {key: value for key, value in given.items() if value is not None},
    }
    outputs = {name: f"${{words.{name}}}" for name in ("imageRef", "environmentRef", "packages")}
    yaml.write({"resources": {"words": environment}, "outputs": outputs})


def sent(registry: DockerRegistry) -> int:
    return len(re.findall(r'"PUT /v2/team/words/blobs/uploads', registry.log))


def test_the_journey_of_an_environment(yaml: YamlProgram, registry: DockerRegistry) -> None:
    base = push_tiny_base(registry.host)
    yaml.environ["UV_INDEX"] = f"http://me:{OF_THE_INDEX}@{registry.host}/simple"  # which has nothing
    declare(yaml, registry, base, pipPackages=["click==8.1.7"], environmentVariables={"WORKER_COUNT": "2"})
    shown = yaml.preview("--diff").fine().text
    assert "click==8.1.7" in shown
    assert sent(registry) == 0

    yaml.up().fine()
    outputs = yaml.outputs()
    assert re.fullmatch(rf"{registry.host}/team/words@sha256:[0-9a-f]{{64}}", outputs["imageRef"])
    assert outputs["environmentRef"] == outputs["imageRef"]
    assert "click==8.1.7" in outputs["packages"]
    before = sent(registry)
    assert "unchanged" in yaml.up("--expect-no-changes").fine().text
    assert sent(registry) == before

    declare(yaml, registry, base, pipPackages=["click==8.1.8"], environmentVariables={"WORKER_COUNT": "2"})
    shown = yaml.preview("--diff").fine().text
    assert re.search(r'click *: "8\.1\.7 sha256:\w+" => "8\.1\.8 sha256:\w+"', shown), shown
    assert not re.search(r"uvicorn *:", shown), shown
    assert "1 of" in yaml.up().fine().text
    assert sent(registry) == before + 3  # the layer, the config, and the list of packages

    digest = yaml.outputs()["imageRef"].rpartition("@")[2]
    home = open_registry(f"{registry.url}/team")
    listed = home.manifest("words", f"{digest.replace(':', '-')}.sbom")
    assert json.loads(listed or b"{}")["subject"]["digest"] == digest
    assert OF_THE_INDEX not in yaml.export()

    yaml.destroy().fine()
    assert home.tags("words") == []
    assert home.manifest("words", digest) is None


@pytest.mark.parametrize(
    ("inputs", "reasons"),
    [
        ({"baseImage": "python:3.11-slim"}, ["'baseImage' must be an image with its registry"]),
        ({"registry": None}, ["'baseImage' is of an image; set 'registry'", "'curated' is of an image"]),
        ({"pipPackages": ["click==8.1.7", "click==8.1.8"]}, ["a package must be asked for in one way"]),
        ({"pipPackages": ["uvicorn==0.20.0"]}, ["uvicorn==0.20.0", "ask for versions that go together"]),
    ],
)
def test_what_cannot_be_is_refused_by_the_preview_in_words_for_a_person(
    yaml: YamlProgram, registry: DockerRegistry, inputs: dict[str, object], reasons: list[str]
) -> None:
    declare(yaml, registry, push_tiny_base(registry.host), **inputs)
    yaml.preview().refused(*reasons)


def test_the_example_from_yaml_goes_up_as_it_is_written(yaml: YamlProgram, registry: DockerRegistry) -> None:
    program = load((EXAMPLE / "Pulumi.yaml").read_text())
    copy(EXAMPLE / "conda_dependencies.yml", yaml.project)
    yaml.write({key: value for key, value in program.items() if key not in ("name", "runtime", "packages")})
    push_tiny_base(registry.host)
    yaml.pulumi("config", "set", "registry", f"{registry.url}/team").fine()
    yaml.pulumi("config", "set", "baseImage", f"{registry.host}/python:3.11-slim").fine()
    told = yaml.up().fine().text
    assert "layers sent" in told
    outputs = yaml.outputs()
    assert f"{registry.host}/team/my-triton@sha256:" in outputs["imageRef"]
    assert {"nltk==3.10.4", "pillow==13.0.0", "tritonclient==2.73.0"} <= set(outputs["packages"])
    yaml.destroy().fine()
