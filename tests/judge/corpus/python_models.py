"""Python models: how the class can be written, and how it can fail."""

from .case import CONFIG, MODEL, Case, Special, add

IMPORT = "import triton_python_backend_utils as pb_utils\n"
BODY = MODEL.partition("class TritonPythonModel:\n")[2]
BASE = IMPORT + "class Base:\n" + BODY
LOAD = "class TritonPythonModel:\n    def initialize(self, args):\n        {}\n"


def _initialize(line: str) -> str:
    return IMPORT + LOAD.format(line) + BODY


MODELS = {
    "the plain class": MODEL,
    "inherited": BASE + "class TritonPythonModel(Base):\n    pass\n",
    "assigned": BASE + "TritonPythonModel = Base\n",
    "conditional": BASE + "if True:\n    class TritonPythonModel(Base):\n        pass\n",
    "in try": BASE + "try:\n    import absent\nexcept ImportError:\n    class TritonPythonModel(Base):\n        pass\n",
    "made by type": BASE + "TritonPythonModel = type('TritonPythonModel', (Base,), {})\n",
    "made by exec": IMPORT + f"exec({'class TritonPythonModel:' + chr(10) + BODY!r})\n",
    "through globals": BASE + "globals()['TritonPythonModel'] = Base\n",
    "decorated": IMPORT + "def same(cls):\n    return cls\n@same\nclass TritonPythonModel:\n" + BODY,
    "imported under another name": BASE + "import dataclasses\nTritonPythonModel = dataclasses.dataclass(Base)\n",
    "with a walrus": BASE + "(TritonPythonModel := Base)\n",
    "in a for": BASE + "for TritonPythonModel in [Base]:\n    pass\n",
    "all three methods": MODEL
    + "    def initialize(self, args):\n        pass\n    def finalize(self):\n        pass\n",
    "auto_complete_config": MODEL
    + "    @staticmethod\n    def auto_complete_config(config):\n        return config\n",
    "auto_complete_config that fails": MODEL
    + "    @staticmethod\n    def auto_complete_config(config):\n        raise ValueError('no')\n",
    "auto_complete_config that returns nothing": MODEL
    + "    @staticmethod\n    def auto_complete_config(config):\n        pass\n",
    "no execute": IMPORT + "class TritonPythonModel:\n    def initialize(self, args):\n        pass\n",
    "an async execute": MODEL.replace("def execute", "async def execute"),
    "execute with no argument": MODEL.replace("(self, requests)", "(self)"),
    "another class name": MODEL.replace("TritonPythonModel", "Model"),
    "the class in lower case": MODEL.replace("TritonPythonModel", "tritonpythonmodel"),
    "a function instead of the class": "def execute(requests):\n    return []\n",
    "the name is a number": "TritonPythonModel = 3\n",
    "the class deleted": MODEL + "\ndel TritonPythonModel\n",
    "a syntax error": "class TritonPythonModel\n    pass\n",
    "bad indentation": MODEL.replace("    def execute", "  def execute").replace("        found", "     found"),
    "tabs and spaces mixed": MODEL.replace("        return", "\treturn"),
    "Python 2": "class TritonPythonModel:\n    def execute(self, requests):\n        print 'hello'\n",
    "newer syntax than the server's Python": MODEL + "\ntype Numbers = list[int]\n",
    "a null byte": MODEL + "\0",
    "a byte order mark": "\ufeff" + MODEL,
    "Windows line ends": MODEL.replace("\n", "\r\n"),
    "an unknown coding": "# -*- coding: nonsense -*-\n" + MODEL,
    "an absent import": "import absent_package\n" + MODEL,
    "raises on import": "raise RuntimeError('not today')\n" + MODEL,
    "exits on import": "import sys\nsys.exit(3)\n" + MODEL,
    "raises in initialize": _initialize("raise RuntimeError('not today')"),
    "exits in initialize": _initialize("raise SystemExit(3)"),
    "dies in initialize": _initialize("import os; os._exit(3)"),
    "kills itself in initialize": _initialize("import os; os.kill(os.getpid(), 9)"),
    "sleeps for ever in initialize": _initialize("import time; time.sleep(10**6)"),
    "initialize with no argument": MODEL + "    def initialize(self):\n        pass\n",
    "initialize that returns False": _initialize("return False"),
    "reads a file beside it": _initialize("open(__file__).read()"),
    "reads an absent file": _initialize("open(args['model_repository'] + '/1/weights.bin').read()"),
    "a relative import of an absent file": "from . import helper\n" + MODEL,
    "a shebang and a main": "#!/usr/bin/env python\n" + MODEL + "\nif __name__ == '__main__':\n    raise SystemExit\n",
}  # fmt: skip
CASES = [Case(f"Python model: {name}", add(model=text)) for name, text in MODELS.items()]
CASES += [
    Case("Python model: Latin-1 text", add() | {"add/1/model.py": "# é\n".encode("latin-1") + MODEL.encode()}),
    Case("Python model: Latin-1 text, declared", add()
         | {"add/1/model.py": "# coding: latin-1\n# é\n".encode("latin-1") + MODEL.encode()}),
    Case("Python model: imports a file beside it", add(model="import helper\n" + MODEL)
         | {"add/1/helper.py": "x = 1\n"}),
    Case("Python model: imports its class from a file beside it", add(model="from helper import TritonPythonModel\n")
         | {"add/1/helper.py": MODEL}),
    Case("Python model: a relative import of a file beside it", add(model="from . import helper\n" + MODEL)
         | {"add/1/helper.py": "x = 1\n"}),
    Case("Python model: imports everything from a file beside it", add(model="from helper import *\n")
         | {"add/1/helper.py": MODEL}),
    Case("Python model: imports a package beside it", add(model="from code_of_mine.core import Base\n"
         "class TritonPythonModel(Base):\n    pass\n")
         | {"add/1/code_of_mine/__init__.py": "", "add/1/code_of_mine/core.py": BASE}),
    Case("Python model: imports from the model's folder", add(model="import os, sys\n"
         "sys.path.insert(0, os.path.dirname(os.path.dirname(__file__)))\nfrom helper import TritonPythonModel\n")
         | {"add/helper.py": MODEL}),
    Case("Python model: imports a broken file beside it", add(model="import helper\n" + MODEL)
         | {"add/1/helper.py": "x ="}),
    Case("Python model: not readable", add() | {"add/1/./model.py": Special("mode", "000")}),
    Case("Python model: executable", add() | {"add/1/./model.py": Special("mode", "755")}),
    Case("Python model: without config.pbtxt", {"add/1/model.py": MODEL}),
    Case("Python model: completes its own config", {"add/1/model.py": MODEL + """\
    @staticmethod
    def auto_complete_config(config):
        config.add_input({"name": "x", "data_type": "TYPE_FP32", "dims": [1]})
        config.add_output({"name": "y", "data_type": "TYPE_FP32", "dims": [1]})
        config.set_max_batch_size(0)
        return config
"""}),
    Case("Python model: two of one backend, one broken", add() | add(model="import absent\n", name="sub")),
    Case("Python model: an archive that is not one", add(
        CONFIG + 'parameters { key: "EXECUTION_ENV_PATH" '
        'value { string_value: "$$TRITON_MODEL_DIRECTORY/env.tar.gz" } }\n') | {"add/env.tar.gz": "not an archive"}),
]  # fmt: skip
