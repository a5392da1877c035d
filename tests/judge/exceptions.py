"""Where the checker differs from the server on purpose. A case that is not here has to be judged as the server does."""

from .corpus import CASES
from .corpus.special import KINDS, PLACES

LINKED = [case.name for case in CASES if case.name.startswith("a link ")] + ["a broken link in the version"]
SPECIAL = [f"a {kind} {place}" for kind in KINDS for place in PLACES]
UNSAFE_NAMES = [*(f"a{sign}b" for sign in "*?#%:,=@+~!^"), "a[b]", "a{b}", "a%20b",
                ".add", "..add", "...", "-a", "--add"]  # fmt: skip

STRICTER: dict[str, tuple[str, list[str]]] = {
    "version-name": (
        "Triton overlooks such a folder when it stands beside a good one, so that a version is silently not served; "
        "it hangs or dies when the name sorts otherwise. Version 0 cannot be asked for in an ensemble's step.",
        [
            "the only version is '0'",
            *(
                f"version {name!r} beside 1"
                for name in ("0", "v2", "02", "01", "-1", "-2", "\uff12", "1x", "1_old", "1.0", "1-copy")
            ),
            "a folder 1.bak in the model's folder",
            "a folder v2 in the model's folder",
            "version policy all with version zero",
            "version policy specific zero that exists",
            "version policy specific beside a folder 2_old",
        ],
    ),
    "version-policy": (
        "Triton drops a version that is listed and missing with no more than a log line.",
        ["version policy: specific with one missing", "version policy specific zero that exists"],
    ),
    "model-name": (
        "The name stands in URLs, where Triton decodes no escapes, and in a shell command; on Windows it is a device.",
        [*(f"a model named {name!r}" for name in (*UNSAFE_NAMES, "CON", "nul", "aux.1"))],
    ),
    "name-case": (
        "On macOS and Windows two such names are one file, so the version could not be checked out there.",
        [
            "two models whose names differ in case only",
            "two file names that differ in case only",
            "two file names in two Unicode forms",
        ],
    ),
    "layout-empty": ("A name that ends in ~ is an editor's backup and is left out.", ["a model named '~'"]),
    "config-place": (
        "Triton does not look there and serves the model with whatever it makes up.",
        [
            "the config in other case",
            "the config named config.pbtxt.txt",
            "the config inside the version folder",
        ],
    ),
    "config-missing": (
        "Such a model reads READY and refuses every request, because it has no inputs.",
        ["the config named config.txt", "one of two models has no config", "Python model: without config.pbtxt"],
    ),
    "tensor-missing": (
        "The same, with a config.pbtxt.",
        ["an empty config", "a config with only a comment", "neither inputs nor outputs"],
    ),
    "tensor-twice": ("Triton serves the last one only.", ["an input given twice", "an output given twice"]),
    "tensor-type": ("Every request fails.", ["tensors, enum number that is unknown"]),
    "tensor-dims": (
        "The tensor's size overflows when a request is counted.",
        ["dims [ 4294967296, 4294967296, 4294967296 ]"],
    ),
    "config-encoding": (
        "Clients cannot read the model's configuration.",
        ["text, Latin-1 in a parameter"],
    ),
    "instance-count": (
        "Triton takes such a count for 1, which nobody meant.",
        ["instance group: count zero", "instance group: count negative"],
    ),
    "linked-file-outside": (
        "A model version holds the registered folder only, and a model should not need its neighbours' files.",
        ["a label file outside the model"],
    ),
    "python-model-method": (
        "It reads READY and every request fails.",
        ["Python model: no execute", "Python model: execute with no argument"],
    ),
    "link": ("What a link leads to may change or be absent where the version is served.", LINKED),
    "file-kind": ("It has no content that could be kept.", SPECIAL),
    "file-mode": ("A model needs no file that runs with its owner's rights.", ["a setuid file"]),
    "file-sparse": ("A cut download; it would be sent as a terabyte of zeros.", ["a sparse file of a terabyte"]),
    "path-length": ("Registries and file systems differ in what they take.", ["a path longer than a thousand bytes"]),
    "name-encoding": (
        "Such a name cannot be told in JSON or in a message.",
        ["a file name that is not UTF-8", "a folder name that is not UTF-8"],
    ),
    "name-characters": (
        "It can forge lines of a log and change a terminal.",
        ["a file name with a line break", "a file name with an escape sequence"],
    ),
    "name-whiteout": ("In an image it would delete the file of that name.", ["a file name that OCI reserves"]),
}
"""Rule: (why a directory that the server serves is refused, the cases)."""

MILDER: dict[str, list[str]] = {
    "What Git, Python, Jupyter and disks leave is not registered, so the server never sees it.": [
        *(f"a folder {name} beside a model" for name in (".git", "__pycache__", ".ipynb_checkpoints", "lost+found")),
        "an empty folder .git beside a model",
        "an empty folder __pycache__ beside a model",
    ],
    "This machine's server has no GPU; where the model is deployed decides.": [
        "instance group: kind GPU",
        "instance group: kind GPU with an index",
        "instance group: kind GPU with index 100",
    ],
    "This machine's server has the Python backend only, and no repository agents.": [
        "backend 'dali'",
        "backend 'identity'",
        "config with an agent that is missing",
    ],
    "Newer releases know this setting.": ["config with memory limits", "config with a metric family"],
    "Only running the model's own code tells. It is not run before it is deployed.": [
        "default_model_filename in a folder",
        "warm-up: a model that fails",
        "Python model: auto_complete_config that fails",
        "Python model: auto_complete_config that returns nothing",
        "Python model: the name is a number",
        "Python model: the class deleted",
        "Python model: an absent import",
        "Python model: raises on import",
        "Python model: exits on import",
        "Python model: raises in initialize",
        "Python model: exits in initialize",
        "Python model: dies in initialize",
        "Python model: kills itself in initialize",
        "Python model: sleeps for ever in initialize",
        "Python model: reads an absent file",
        "Python model: a relative import of an absent file",
        "Python model: imports a broken file beside it",
    ],
    "Newer releases have a newer Python.": ["Python model: newer syntax than the server's Python"],
}
"""Why a directory that the server refuses here is accepted: the cases."""
