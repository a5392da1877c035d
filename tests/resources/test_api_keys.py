"""The two keys: kept through updates, changed one at a time, secret everywhere."""

import pytest
from triton_serving.models.work import Work
from triton_serving.resources.api_keys_provider import ApiKeysProvider
from triton_serving.resources.engine import Engine
from triton_serving.resources.resource import Call, Change
from triton_serving.resources.values import UNKNOWN
from triton_serving.rules.problems import UserError

URN = "urn:pulumi:dev::shop::triton-serving:index:ApiKeys::keys"
KEYS = ApiKeysProvider()
OWN = {side: f"{side}-key-of-the-caller" for side in ("primary", "secondary")}


def call(preview=False):
    return Call(URN, Engine("127.0.0.1:1"), Work(), preview)


def checked(inputs):
    answer = KEYS.check(call(), inputs)
    assert answer.problems == []
    return answer.inputs


def created(**inputs):
    return KEYS.create(call(), checked(inputs))[1]


def updated(olds, **inputs):
    news = checked(inputs)
    assert KEYS.diff(call(), olds, news)
    return KEYS.update(call(), "keys", olds, news)


def test_both_keys_are_generated_and_differ():
    state = created()
    assert state["primaryKey"] != state["secondaryKey"]


def test_nothing_changes_while_nothing_is_asked_for():
    assert KEYS.diff(call(), created(), checked({})) == {}


@pytest.mark.parametrize(("side", "other"), [("primary", "secondary"), ("secondary", "primary")])
def test_rotating_one_key_makes_it_new_and_keeps_the_other(side, other):
    old = created()
    new = updated(old, **{f"{side}Rotation": "2026-11"})
    assert new[f"{side}Key"] != old[f"{side}Key"]
    assert new[f"{other}Key"] == old[f"{other}Key"]


def test_a_rotation_happens_once():
    state = updated(created(), primaryRotation="2026-11")
    assert KEYS.diff(call(), state, checked({"primaryRotation": "2026-11"})) == {}


def test_taking_a_rotation_label_away_keeps_the_key():
    old = created(primaryRotation="2026-11")
    assert updated(old)["primaryKey"] == old["primaryKey"]


def test_a_given_key_is_taken_and_stays_when_it_is_no_longer_given():
    old = created(primaryKey=OWN["primary"])
    assert old["primaryKey"] == OWN["primary"]
    assert KEYS.diff(call(), old, checked({})) == {}
    assert KEYS.update(call(), "keys", old, checked({}))["primaryKey"] == old["primaryKey"]


def test_both_keys_at_once_are_refused_because_every_client_would_be_locked_out():
    with pytest.raises(UserError, match="change one, move the clients to it"):
        KEYS.diff(call(), created(), checked({"primaryRotation": "1", "secondaryRotation": "1"}))
    with pytest.raises(UserError, match="change one"):
        KEYS.diff(call(), created(), checked({f"{side}Key": key for side, key in OWN.items()}))


def test_a_preview_shows_that_a_key_will_change_and_makes_none():
    olds, news = created(), checked({"primaryRotation": "2026-11"})
    assert KEYS.diff(call(), olds, news) == {"primaryKey": Change.UPDATE, "primaryRotation": Change.UPDATE}
    state = KEYS.update(call(preview=True), "keys", olds, news)
    assert state["primaryKey"] == UNKNOWN
    assert state["secondaryKey"] == olds["secondaryKey"]


@pytest.mark.parametrize(
    ("inputs", "says"),
    [
        ({"primaryKey": "short"}, "16 to 256 characters (got 5)"),
        ({"primaryKey": OWN["primary"], "secondaryKey": OWN["primary"]}, "must differ"),
        ({"primaryKey": OWN["primary"], "primaryRotation": "1"}, "nothing to rotate"),
    ],
)
def test_unfit_keys_are_refused_without_being_shown(inputs, says):
    reasons = KEYS.check(call(), inputs).problems
    assert any(says in reason for reason in reasons)
    assert not any(OWN["primary"] in reason for reason in reasons)


def test_a_key_that_is_not_known_yet_passes_the_check():
    assert KEYS.check(call(), {"primaryKey": UNKNOWN}).problems == []
