"""Names of version folders, and which of them are served."""

from .case import BATCHED, CONFIG, FOLDER, MODEL, Case, add

ALONE = ["0", "1", "2", "10", "100000", "9223372036854775807", "9223372036854775808", "99999999999999999999", "01",
         "001", "00", "v1", "1.0", "1a", "1_old", "-1", "+1", "1-", "\uff11", "٣", "one", "latest", "1e3", "0x1", "²",
         "2147483648", "1 ", " 1", "1.bak", "copy of 1"]  # fmt: skip
CASES = [Case(f"the only version is {name!r}", add(versions=(name,))) for name in ALONE]

BESIDE = ["0", "2_old", "2.bak", "v2", "02", "01", "-1", "-2", "99999999999999999999", "2 ", "old", ".2", "\uff12",
          "3x", "1x", "1_old", "1.0", "1-copy"]  # fmt: skip
CASES += [Case(f"version {name!r} beside 1", add(versions=("1", name))) for name in BESIDE]
CASES += [
    Case("an empty folder '2_old' beside version 1", add() | {"add/2_old": FOLDER}),
    Case("an empty version 2 beside version 1", add() | {"add/2": FOLDER}),
    Case("an empty version 1 beside version 2", add(versions=("2",)) | {"add/1": FOLDER}),
    Case("two versions", add() | {"add/2/model.py": MODEL}),
    Case("versions with a gap", add(versions=("1", "3", "7"))),
    Case("fifty versions", add(versions=map(str, range(1, 51)))),
]

POLICIES = {
    "latest one": "latest { num_versions: 1 }",
    "latest two": "latest { num_versions: 2 }",
    "latest nine of three": "latest { num_versions: 9 }",
    "latest without a number": "latest { }",
    "latest zero": "latest { num_versions: 0 }",
    "latest negative": "latest { num_versions: -1 }",
    "all": "all { }",
    "all with a colon": "all: { }",
    "all without a block": "all",
    "all as a bool": "all: true",
    "empty": "",
    "specific one": "specific { versions: 2 }",
    "specific list": "specific { versions: [ 1, 3 ] }",
    "specific repeated": "specific { versions: 1 versions: 3 }",
    "specific twice the same": "specific { versions: [ 1, 1 ] }",
    "specific with one missing": "specific { versions: [ 1, 9 ] }",
    "specific with all missing": "specific { versions: [ 9 ] }",
    "specific empty": "specific { }",
    "specific zero": "specific { versions: [ 0 ] }",
    "specific negative": "specific { versions: [ -1 ] }",
    "specific quoted": 'specific { versions: [ "1" ] }',
    "two choices": "all { } latest { num_versions: 1 }",
    "unknown choice": "newest { }",
}
CASES += [
    Case(f"version policy: {name}", add(CONFIG + f"version_policy {{ {policy} }}\n", versions=("1", "2", "3")))
    for name, policy in POLICIES.items()
]
CASES += [
    Case("version policy with a colon", add(CONFIG + "version_policy: { all { } }\n")),
    Case("version policy given twice", add(CONFIG + "version_policy { all { } }\nversion_policy { all { } }\n")),
    Case("version policy latest two with batching", add(
        BATCHED + "version_policy { latest { num_versions: 2 } }\n", versions=("1", "2", "3"))),
    Case("version policy all with version zero", add(CONFIG + "version_policy { all { } }\n", versions=("0", "1"))),
    Case("version policy specific zero that exists", add(
        CONFIG + "version_policy { specific { versions: [ 0 ] } }\n", versions=("0", "1"))),
    Case("version policy all with a folder 2_old", add(
        CONFIG + "version_policy { all { } }\n", versions=("1", "2_old"))),
    Case("version policy specific beside a folder 2_old", add(
        CONFIG + "version_policy { specific { versions: [ 1 ] } }\n", versions=("1", "2_old"))),
    Case("version policy all, one of them over int64", add(
        CONFIG + "version_policy { all { } }\n", versions=("1", "99999999999999999999"))),
]  # fmt: skip
