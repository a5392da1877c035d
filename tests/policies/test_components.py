"""The rules know every argument of the components that they are about."""

import pytest
import triton_serving
from triton_policies import images, services
from triton_serving.rules.arguments import engine_name

COMPONENTS = (
    "GpuCluster",
    "LocalWebservice",
    "ScoringEnvironment",
    "TritonModelRepository",
    "TritonWebservice",
)
MODELS = ("model", "candidate_model")


def taken(component):
    return getattr(triton_serving, f"{component}Args").__annotations__


@pytest.mark.parametrize("component", COMPONENTS)
def test_every_switch_that_takes_protection_away_is_seen(component):
    switches = {engine_name(name) for name in taken(component) if name.startswith("allow_")}
    assert set(services.LOOSENINGS.get(f"triton-serving:index:{component}", ())) == switches


@pytest.mark.parametrize("component", COMPONENTS)
def test_every_argument_that_names_an_image_is_judged(component):
    names = {engine_name(name) for name in taken(component) if name.endswith("_image") or name in MODELS}
    assert set(images.ARGUMENTS.get(f"triton-serving:index:{component}", ())) == names


def test_no_component_is_overlooked():
    named = {name.removesuffix("Args") for name in triton_serving.__all__ if name.endswith("Args")}
    assert named - {"ApiKeys"} == set(COMPONENTS)
