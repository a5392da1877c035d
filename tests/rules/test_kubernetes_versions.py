"""Which Kubernetes may be asked for."""

import pytest
from triton_serving.rules.kubernetes_versions import (
    DEFAULT,
    NEWEST_KNOWN,
    OLDEST_SUPPORTED,
    adopted_version_problem,
    minor_of,
    version_problem,
)
from triton_serving.rules.wording import dotted


def test_the_default_is_supported():
    assert OLDEST_SUPPORTED <= DEFAULT <= NEWEST_KNOWN
    assert version_problem(dotted(DEFAULT)) is None


@pytest.mark.parametrize("version", ["1.34", "1.35", "1.36"])
def test_supported_versions_pass(version):
    assert version_problem(version) is None


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("1.33", "1.34 or later, as AKS supports no older one (got 1.33); take 1.36"),
        ("1.4", "1.34 or later"),
        ("1.37", "at most 1.36"),
        ("2.0", "at most 1.36"),
        ("1.36.2", "write 1.36, and AKS keeps the patch current"),
        ("v1.35", "write 1.35"),
        (1.36, "in quotes"),
        (1, "in quotes"),
        ("latest", "write 1.36"),
        ("", "write 1.36"),
        (None, "write 1.36"),
        (True, "write 1.36"),
        (["1.36"], "write 1.36"),
    ],
)
def test_others_are_told_with_the_one_to_take(version, told):
    assert told in (version_problem(version) or "")


@pytest.mark.parametrize(("running", "allowed", "ok"), [("1.36.2", False, True), ("1.38.0", False, True)])
def test_an_adopted_cluster_may_be_newer(running, allowed, ok):
    assert (adopted_version_problem(running, allowed) is None) is ok


def test_an_old_adopted_cluster_is_taken_by_a_named_switch_only():
    assert "set allowOldKubernetes" in adopted_version_problem("1.32.9", False)
    assert adopted_version_problem("1.32.9", True) is None
    assert adopted_version_problem(None, False) is None
    assert minor_of("1.34.1-aks") == (1, 34)
