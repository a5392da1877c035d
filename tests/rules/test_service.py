"""What may be said about a service."""

import pytest
from triton_serving.rules.service import RULES, combination_problems, mode_of

IMAGE = "registry.example.com/team/digits@sha256:" + "0" * 64
ENVIRONMENT = "local-environment@sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("argument", "values"),
    [
        ("name", ["digits", "d-1", "a" * 32]),
        ("model", [IMAGE, f"oci-layout:///home/me/a folder/digits@sha256:{'a' * 64}"]),
        ("mode", ["direct", "scoring", "script"]),
        ("environment", [ENVIRONMENT]),
        ("port", [0, 1, 6789, 65535]),
        ("scoringTimeoutMs", [1, 3_600_000]),
        ("startupTimeoutSeconds", [1, 86_400]),
        ("authEnabled", [True, False]),
    ],
    ids=str,
)
def test_good_values_pass(argument, values):
    assert [RULES[argument](value) for value in values] == [None] * len(values)


@pytest.mark.parametrize(
    ("argument", "value", "told"),
    [
        ("name", "Digits", "lower-case"),
        ("name", "d", "3 to 32"),
        ("name", "digits-", "no hyphen last"),
        ("name", "a" * 33, "set serviceName"),
        ("model", "registry.example.com/team/digits:1", "by digest"),
        ("model", "digits", "imageRef of a TritonModelRepository"),
        ("mode", "fast", "got 'fast'"),
        ("environment", "nltk", "environmentRef of a ScoringEnvironment"),
        ("port", -1, "0 for any free one"),
        ("port", 65536, "got 65536"),
        ("port", True, "got True"),
        ("port", 80.5, "got 80.5"),
        ("scoringTimeoutMs", 0, "60000 is the default"),
        ("scoringTimeoutMs", 10**9, "got 1000000000"),
        ("startupTimeoutSeconds", 0, "leave it out"),
        ("authEnabled", "yes", "true or false"),
        ("entryScript", " ", "must be a path"),
    ],
    ids=str,
)
def test_bad_values_are_told_with_the_way_out(argument, value, told):
    assert told in (RULES[argument](value) or "")


def test_an_entry_script_makes_a_service_score_as_it_did_in_azure_ml():
    assert mode_of({"model": IMAGE}) == "direct"
    assert mode_of({"model": IMAGE, "entryScript": "score.py"}) == "scoring"
    assert mode_of({"mode": "script", "entryScript": "score.py"}) == "script"


def test_what_goes_together_passes():
    script = {"entryScript": "score.py", "environment": ENVIRONMENT}
    assert combination_problems({"model": IMAGE}) == []
    assert combination_problems({"model": IMAGE, **script}) == []
    assert combination_problems({"mode": "script", **script}) == []
    assert combination_problems({"model": IMAGE, "authEnabled": True, "primaryKey": "k", "secondaryKey": "l"}) == []


def test_everything_that_lacks_or_has_no_use_is_told_at_once():
    assert combination_problems({"mode": "scoring", "primaryKey": "k"}) == [
        "'model' is required in scoring mode",
        "'entryScript' is required in scoring mode",
        "'environment' is required in scoring mode",
        "'primaryKey' has no use while keys are off; set authEnabled to true or remove it",
    ]
    told = combination_problems({"mode": "direct", "model": IMAGE, "entryScript": "score.py"})
    assert len(told) == 1
    assert told[0].startswith("'entryScript' has no use in direct mode")


def test_problems_never_show_a_key():
    told = " ".join(combination_problems({"model": IMAGE, "primaryKey": "the-secret-itself"}))
    assert "the-secret-itself" not in told
