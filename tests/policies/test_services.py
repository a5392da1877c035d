"""Who may call a service, and how it is reached."""

import pytest
from parts.policy_rules import judged
from triton_policies.kinds import GPU_CLUSTER, INGRESS, LOCAL_WEBSERVICE, WEBSERVICE
from triton_policies.rule import UNKNOWN

SECURE = {"exposure": "load-balancer", "tlsSecret": "digits-tls"}


@pytest.mark.parametrize("given", [{}, {"authEnabled": True}, {"authEnabled": UNKNOWN}])
def test_keys_are_on_by_default(given):
    assert judged("auth", WEBSERVICE, given) == []


def test_a_service_without_keys_is_refused():
    (told,) = judged("auth", WEBSERVICE, {"authEnabled": False})
    assert told.startswith("'authEnabled' must be true")
    assert "remove it" in told


@pytest.mark.parametrize(
    ("given", "right"), [({}, False), ({"authEnabled": False}, False), ({"authEnabled": True}, True)]
)
def test_on_this_machine_keys_have_to_be_switched_on(given, right):
    assert (judged("local-auth", LOCAL_WEBSERVICE, given) == []) is right


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"exposure": "cluster"},
        {"exposure": "gateway", "gateway": "shared"},
        SECURE,
        {"exposure": "internal-load-balancer", "tlsSecret": UNKNOWN},
        {"exposure": UNKNOWN},
    ],
)
def test_services_inside_of_the_cluster_or_with_a_certificate_are_fine(given):
    assert judged("tls", WEBSERVICE, given) == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"exposure": "load-balancer"}, "'tlsSecret'"),
        ({"exposure": "internal-load-balancer"}, "'tlsSecret'"),
        ({"exposure": "load-balancer", "allowUnencryptedClients": True}, "'allowUnencryptedClients'"),
        ({"exposure": "gateway", "allowUnencryptedClients": True}, "'allowUnencryptedClients'"),
    ],
)
def test_what_is_reached_from_outside_in_clear_is_refused(given, field):
    (told,) = judged("tls", WEBSERVICE, given)
    assert told.startswith(field)
    assert "kubernetes.io/tls" in told


@pytest.mark.parametrize(
    ("spec", "right"),
    [
        ({"tls": [{"secretName": "digits-tls"}]}, True),
        ({"tls": UNKNOWN}, True),
        ({"rules": []}, False),
        ({"tls": []}, False),
    ],
)
def test_an_ingress_needs_a_certificate(spec, right):
    assert (judged("ingress-tls", INGRESS, {"spec": spec}) == []) is right


def test_every_exposure_is_allowed_until_the_platform_team_chooses():
    public = {"exposure": "load-balancer"}
    assert judged("exposure", WEBSERVICE, public) == []
    assert judged("exposure", WEBSERVICE, {}, allowed=["cluster"]) == []
    (told,) = judged("exposure", WEBSERVICE, public, allowed=["cluster", "gateway"])
    assert told.startswith("'exposure' must be cluster or gateway (got 'load-balancer')")


def test_each_loosening_is_named():
    given = {"allowEgress": True, "allowOldTriton": False, "allowPlainHttp": True}
    assert [told.split("'")[1] for told in judged("loosened-defaults", WEBSERVICE, given)] == [
        "allowPlainHttp",
        "allowEgress",
    ]
    assert judged("loosened-defaults", GPU_CLUSTER, {"allowPublicApi": UNKNOWN}) == []
