"""Links, pipes, devices and other things that are not simply files."""

from typing import Literal

from .case import CONFIG, MODEL, Case, Special, add, without

KINDS: tuple[Literal["fifo", "socket", "device"], ...] = ("fifo", "socket", "device")
PLACES = {
    "in the version": "add/1/thing",
    "in the model": "add/thing",
    "beside the model": "thing",
    "as version": "add/2",
}

CASES = [
    Case("a link to a file in the version", add() | {"add/1/again.py": Special("link", "model.py")}),
    Case("a link as model.py to a file beside it", without(add(), "add/1/model.py")
         | {"add/1/real.py": MODEL, "add/1/model.py": Special("link", "real.py")}),
    Case("a link as model.py to a file in the model", without(add(), "add/1/model.py")
         | {"add/model.py": MODEL, "add/1/model.py": Special("link", "../model.py")}),
    Case("a link as config.pbtxt", without(add(), "add/config.pbtxt")
         | {"add/real.pbtxt": CONFIG, "add/config.pbtxt": Special("link", "real.pbtxt")}),
    Case("a link as version folder", add() | {"add/2": Special("link", "1")}),
    Case("a link as model folder", add() | {"twin": Special("link", "add")}),
    Case("a link to a file outside", add() | {"add/1/hosts": Special("link", "/etc/hosts")}),
    Case("a link to a folder outside", add() | {"add/1/etc": Special("link", "/etc")}),
    Case("a broken link in the version", add() | {"add/1/weights": Special("link", "absent")}),
    Case("a broken link as model.py", without(add(), "add/1/model.py")
         | {"add/1/x": "", "add/1/model.py": Special("link", "absent")}),
    Case("a broken link beside the model", add() | {"latest": Special("link", "absent")}),
    Case("a broken link as version folder", add() | {"add/2": Special("link", "absent")}),
    Case("a link to a file beside the model", add() | {"readme": Special("link", "add/config.pbtxt")}),
    Case("a link to itself", add() | {"add/1/loop": Special("link", "loop")}),
    Case("a link to its own folder", add() | {"add/1/loop": Special("link", ".")}),
    Case("a link in the model to the repository", add() | {"add/all": Special("link", "..")}),
    Case("a hard link in the version", add() | {"add/1/again.py": Special("hard link", "add/1/model.py")}),
    Case("a hard link between versions", add() | {"add/2/model.py": Special("hard link", "add/1/model.py")}),
    *(Case(f"a {kind} {where}", add() | {path: Special(kind)}) for kind in KINDS for where, path in PLACES.items()),
    *(Case(f"a {kind} as model.py", without(add(), "add/1/model.py") | {"add/1/x": "", "add/1/model.py": Special(kind)})
      for kind in KINDS),
    Case("a setuid file", add() | {"add/1/tool": "x", "add/1/./tool": Special("mode", "4755")}),
    Case("a setgid folder", add() | {"add/1/sub/x": "x", "add/1/./sub": Special("mode", "2755")}),
    Case("a sticky, world-writable folder", add() | {"add/1/sub/x": "x", "add/1/./sub": Special("mode", "1777")}),
    Case("a file name that is not UTF-8", add() | {"add/1/\udce9.bin": "x"}),
    Case("a folder name that is not UTF-8", add() | {"add/1/\udce9/file": "x"}),
    Case("a model name that is not UTF-8", add(name="\udce9")),
    Case("a file name with a line break", add() | {"add/1/a\nb": "x"}),
    Case("a file name with an escape sequence", add() | {"add/1/\x1b[31mred": "x"}),
    Case("a file name with a space", add() | {"add/1/my weights.bin": "x"}),
    Case("a file name with an accent", add() | {"add/1/poids-entraînés.bin": "x"}),
    Case("a file name in decomposed Unicode", add() | {"add/1/e\u0301.bin": "x"}),
    Case("two file names in two Unicode forms", add() | {"add/1/e\u0301.bin": "x", "add/1/\xe9.bin": "x"}),
    Case("two file names that differ in case only", add() | {"add/1/weights": "x", "add/1/Weights": "x"}),
    Case("a file name with a backslash", add() | {"add/1/a\\b": "x"}),
    Case("a file name that Windows does not allow", add() | {"add/1/a:b?": "x"}),
    Case("a file name that OCI reserves", add() | {"add/1/.wh.weights": "x"}),
    Case("a file name of 255 bytes", add() | {"add/1/" + "x" * 255: "x"}),
]  # fmt: skip
