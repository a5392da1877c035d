"""What KubernetesService says in previews: every mistake at once, every changed file, the objects that follow."""

import pytest
from triton_serving.models import fresh_images
from triton_serving.models.check import check_directory
from triton_serving.models.snapshot import snapshot
from triton_serving.models.work import Work
from triton_serving.resources.engine import Engine
from triton_serving.resources.kubernetes_service_provider import KubernetesServiceProvider
from triton_serving.resources.resource import Call, Change
from triton_serving.resources.values import UNKNOWN, has_unknown
from triton_serving.rules.problems import UserError

URN = "urn:pulumi:dev::shop::triton-serving:index:KubernetesService::digits"
PROVIDER = KubernetesServiceProvider()
IMAGE = "registry.example.com/team/image@sha256:" + "0" * 64
KEYS = {"primaryKey": "primary-of-sixteen-letters", "secondaryKey": "secondary-of-sixteen"}
SCRIPT = "def init():\n    pass\n\n\ndef run(data):\n    return data\n"
CONFIG = b"""backend: "python"
max_batch_size: 4
input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] } ]
"""
MODEL = b"class TritonPythonModel:\n    def execute(self, requests): ...\n"


@pytest.fixture(autouse=True)
def no_cluster(tmp_path, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))


@pytest.fixture
def model(tmp_path):
    """The reference of a version that is checked and not pushed yet."""
    return published(tmp_path, CONFIG)


def published(tmp_path, config):
    folder = tmp_path / "models" / "triton" / "sum"
    (folder / "1").mkdir(parents=True, exist_ok=True)
    (folder / "config.pbtxt").write_bytes(config)
    (folder / "1" / "model.py").write_bytes(MODEL)
    content, _ = snapshot(check_directory(tmp_path / "models"), Work())
    return f"registry.example.com/team/sum@{content.digest}"


def call(preview=True):
    return Call(URN, Engine("127.0.0.1:1"), Work(), preview)


def direct(model, **more):
    given = {"name": "digits", "model": model, "tritonImage": IMAGE, "gatewayImage": IMAGE, "numReplicas": 1}
    return given | more


def check(**inputs):
    return PROVIDER.check(call(), inputs)


def planned(inputs):
    checked = PROVIDER.check(call(), inputs)
    assert checked.problems == []
    return PROVIDER.create(call(), checked.inputs)[1]


def test_every_mistake_is_told_at_once():
    told = check(**direct("digits:1", cpuCores=0, exposure="gateway", gpuCoes=1)).problems
    assert len(told) == 5
    assert any("did you mean 'gpuCores'" in problem for problem in told)


@pytest.mark.parametrize(
    ("first", "second", "is_told"),
    [
        ({}, {}, True),
        ({"namespace": "team-a"}, {"namespace": "team-a"}, True),
        ({"namespace": "digits"}, {}, True),
        ({"namespace": "team-a"}, {"namespace": "team-b"}, False),
        ({"context": "here"}, {"context": "there"}, False),
        ({"kubeconfig": UNKNOWN}, {"kubeconfig": UNKNOWN}, False),
        ({}, {"name": "letters"}, False),
    ],
)
def test_two_services_of_one_name_in_one_place_are_told(first, second, is_told):
    provider = KubernetesServiceProvider()

    def problems(resource, inputs):
        asked = Call(f"{URN}-{resource}", Engine("127.0.0.1:1"), Work(), preview=True)
        return provider.check(asked, direct(IMAGE, authEnabled=False, **inputs)).problems

    for _ in ("preview", "update"):
        assert problems("one", first) == []
        told = problems("two", second)
        assert [one.partition(" in the same")[0] for one in told] == (
            ["'name' must be another one than that of digits-one"] if is_told else []
        )


def test_the_objects_of_a_version_that_is_not_pushed_yet_are_known_in_the_preview(model):
    found = planned(direct(model, **KEYS))
    assert found["served"] == {"sum": [1]}
    assert found["serviceNamespace"] == "digits"
    spec = found["manifests"]["deployment"]["spec"]["template"]["spec"]
    assert any(volume.get("image", {}).get("reference") == model for volume in spec["volumes"])
    assert KEYS["primaryKey"] not in str(found["manifests"])
    assert set(found["secretManifests"]) == {"routes"}


def test_keys_that_are_not_known_yet_leave_only_what_holds_them_open(model):
    found = planned(direct(model, primaryKey=UNKNOWN, secondaryKey=UNKNOWN))
    assert not has_unknown(found["manifests"])
    assert found["secretManifests"] is UNKNOWN


def test_a_version_of_which_nothing_is_known_leaves_the_objects_open(monkeypatch):
    monkeypatch.setattr(fresh_images, "_configs", fresh_images.OrderedDict())
    found = PROVIDER.create(call(), check(**direct(UNKNOWN, **KEYS)).inputs)[1]
    assert found["manifests"] is UNKNOWN


def test_a_model_that_needs_a_gpu_is_told_which_argument_is_missing(tmp_path):
    on_gpu = published(tmp_path, CONFIG + b"instance_group [ { kind: KIND_GPU } ]\n")
    with pytest.raises(UserError, match="'gpuCores' must be at least 1: sum cannot start without a GPU"):
        planned(direct(on_gpu, **KEYS))


def test_more_instances_than_the_memory_has_room_for_are_told(tmp_path):
    many = published(tmp_path, CONFIG + b"instance_group [ { count: 100 kind: KIND_CPU } ]\n")
    with pytest.raises(UserError, match="'memoryGb' must leave room"):
        planned(direct(many, **KEYS))


def test_a_strategy_is_derived_and_said_with_its_reason(model):
    found = planned(direct(model, **KEYS))
    assert found["chosenStrategy"] == "surge"
    assert "no GPU" in found["strategyReason"]


def test_a_changed_line_of_the_script_is_a_changed_file_in_the_preview(model, tmp_path):
    script = tmp_path / "score.py"
    script.write_text(SCRIPT)
    inputs = direct(model, entryScript=str(script), environmentImage=IMAGE, **KEYS)
    before = check(**inputs).inputs
    script.write_text(SCRIPT + "# more\n")
    after = check(**inputs).inputs
    assert PROVIDER.diff(call(), before, after) == {'files["score.py"]': Change.UPDATE}


def test_a_script_that_is_too_large_for_a_config_map_is_told_with_the_way_out(model, tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "score.py").write_text(SCRIPT)
    (tmp_path / "src" / "words.bin").write_bytes(bytes(2 << 20))
    told = check(
        **direct(model, entryScript="score.py", sourceDirectory=str(tmp_path / "src"), environmentImage=IMAGE)
    ).problems
    assert len(told) == 1
    assert "words.bin" in told[0]


def test_another_name_or_namespace_is_another_service_and_nothing_else_is(model):
    before = check(**direct(model)).inputs
    assert PROVIDER.diff(call(), before, before) == {}
    assert PROVIDER.diff(call(), before, before | {"namespace": "team-a"}) == {"namespace": Change.REPLACE}
    assert PROVIDER.diff(call(), before, before | {"numReplicas": 2}) == {"numReplicas": Change.UPDATE}
    assert PROVIDER.diff(call(), before, before | {"renderer": "older"}) == {"renderer": Change.UPDATE}


def test_files_that_come_back_after_another_version_are_new_objects(model, tmp_path):
    """The object of the first version may still wait to be deleted: under its name the new one would go with it."""
    entry = tmp_path / "score.py"
    scored = direct(model, entryScript=str(entry), environmentImage=IMAGE, **KEYS)

    def update(olds, script, **more):
        entry.write_text(script)
        checked = PROVIDER.check(call(), {**scored, **more})
        assert checked.problems == []
        return PROVIDER.update(call(), "digits/digits", olds, checked.inputs)

    entry.write_text(SCRIPT)
    first = planned(scored)
    same = update(first, SCRIPT)
    broken = update(same, SCRIPT + "broken = 1 / 0\n", tlsSecret="digits-tls")
    again = update(broken, SCRIPT)
    assert names(same) == names(first)
    assert not set(names(again).values()) & set(names(first).values())
    mounted = str(again["manifests"]["deployment"])
    assert all(name in mounted for name in names(again).values())


def names(found):
    """Of the objects that Pulumi replaces."""
    objects = {**found["manifests"], **found["secretManifests"]}
    return {part: objects[part]["metadata"]["name"] for part in ("gateway", "routes", "script")}


def test_a_script_that_changed_since_its_preview_is_not_deployed(model, tmp_path):
    script = tmp_path / "score.py"
    script.write_text(SCRIPT)
    inputs = PROVIDER.check(call(), direct(model, entryScript=str(script), environmentImage=IMAGE, **KEYS)).inputs
    script.write_text(SCRIPT.replace("return data", "return None"))
    with pytest.raises(UserError, match=r"score\.py changed while it was being deployed; wait until nothing writes"):
        PROVIDER.create(call(), inputs)
