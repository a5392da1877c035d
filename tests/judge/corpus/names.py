"""Names of models."""

from .case import CONFIG, MODEL, Case, add

SERVED = ["a", "Add", "add-2", "add_2", "add.v2", "2", "007", "a" * 64, "model", "models", "ensemble", "python",
          "triton", "config", "v2", "ready", "infer", "health", "CON", "nul", "aux.1", "addsub.bak", "x--y",
          "_", "-a", "--add", "a.", "A.B-C_d"]  # fmt: skip
DOUBTFUL = ["a b", "a'b", 'a"b', "a;b", "a$b", "$(true)", "`true`", "a&b", "a|b", "a>b", "a(b", "a*b", "a?b",
            "a#b", "a%b", "a%20b", "a:b", "a,b", "a=b", "a@b", "a+b", "a~b", "~", "a!b", "a[b]", "a{b}", "a\\b",
            "a\nb", "a\tb", " a", "a ", "é", "模型", "a\u200bb", ".add", "..add", "...", "a^b", "a" * 200,
            "a" * 251, "a" * 255]  # fmt: skip
CASES = [Case(f"a model named {name!r}", add(name=name)) for name in SERVED + DOUBTFUL]
CASES += [
    Case("a name in the config that is the folder's", add(CONFIG + 'name: "add"\n')),
    Case("a name in the config that is not the folder's", add(CONFIG + 'name: "sub"\n')),
    Case("a name in the config in other case", add(CONFIG + 'name: "Add"\n')),
    Case("a name in the config with a space at its end", add(CONFIG + 'name: "add "\n')),
    Case("an empty name in the config", add(CONFIG + 'name: ""\n')),
    Case("two models whose names differ in case only", add() | add(name="Add")),
    Case(
        "a tensor named like a path",
        add(CONFIG.replace('"x"', '"in/x:0"').replace('"y"', '"out/y:0"'), MODEL.replace('"x"', '"in/x:0"')),
    ),
    Case("a tensor with an accent", add(CONFIG.replace('"x"', '"é"'))),
    Case("a tensor with a space", add(CONFIG.replace('"x"', '"x y"'))),
    Case("an input without a name", add(CONFIG.replace('name: "x"', ""))),
    Case("an input with an empty name", add(CONFIG.replace('"x"', '""'))),
    Case("an output without a name", add(CONFIG.replace('name: "y"', ""))),
    Case("an input and an output of one name", add(CONFIG.replace('"y"', '"x"'))),
]
