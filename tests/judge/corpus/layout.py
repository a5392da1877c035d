"""What lies where: version folders, model files, stray entries."""

from .case import CONFIG, FOLDER, MODEL, Case, Special, add, without

CASES = [
    Case("a repository with one model", add()),
    Case("a repository with two models", add() | add(name="twin")),
    Case("a repository with twelve models", {k: v for i in range(12) for k, v in add(name=f"m{i}").items()}),
    Case("an empty repository", {".": FOLDER}),
    Case("a repository with nothing but a file", {"README.md": "models go here"}),
    Case("an empty model folder", {"add": FOLDER}),
    Case("an empty folder beside a good model", add() | {"drafts": FOLDER}),
    Case("an empty model folder with an empty version", {"add/1": FOLDER}),
    Case("no version folder", {"add/config.pbtxt": CONFIG}),
    Case("the model file beside config.pbtxt", {"add/config.pbtxt": CONFIG, "add/model.py": MODEL}),
    Case("an empty version folder", {"add/config.pbtxt": CONFIG, "add/1": FOLDER}),
    Case("a version folder with only a .gitkeep", {"add/config.pbtxt": CONFIG, "add/1/.gitkeep": ""}),
    Case("the only version is a file", {"add/config.pbtxt": CONFIG, "add/1": MODEL}),
    Case("model.py is a folder", {"add/config.pbtxt": CONFIG, "add/1/model.py": FOLDER}),
    Case("model.py is a folder with files", {"add/config.pbtxt": CONFIG, "add/1/model.py/model.py": MODEL}),
    Case("config.pbtxt is a folder", {"add/config.pbtxt": FOLDER, "add/1/model.py": MODEL}),
    Case("the model file in other case", {"add/config.pbtxt": CONFIG, "add/1/Model.py": MODEL}),
    Case("the model file has another name", {"add/config.pbtxt": CONFIG, "add/1/add.py": MODEL}),
    Case("only compiled Python", {"add/config.pbtxt": CONFIG, "add/1/model.pyc": b"\xa7\r\r\n" + bytes(20)}),
    Case("an empty model.py", add(model="")),
    Case("a model.py of white space", add(model="\n\n   \n")),
    Case("the config in other case", {"add/Config.pbtxt": CONFIG, "add/1/model.py": MODEL}),
    Case("the config named config.txt", {"add/config.txt": CONFIG, "add/1/model.py": MODEL}),
    Case("the config named config.pbtxt.txt", {"add/config.pbtxt.txt": CONFIG, "add/1/model.py": MODEL}),
    Case("the config inside the version folder", {"add/1/config.pbtxt": CONFIG, "add/1/model.py": MODEL}),
    Case("an empty config", add(config="")),
    Case("a config with only a comment", add(config="# nothing yet\n")),
    Case("the repository one level deeper", {f"models/{path}": entry for path, entry in add().items()}),
    Case("a single model registered as the repository", {"config.pbtxt": CONFIG, "1/model.py": MODEL}),
    Case("default_model_filename that exists", {
        "add/config.pbtxt": CONFIG + 'default_model_filename: "entry.py"\n', "add/1/entry.py": MODEL,
    }),
    Case("default_model_filename that is missing", add(config=CONFIG + 'default_model_filename: "entry.py"\n')),
    Case("default_model_filename in a folder", {
        "add/config.pbtxt": CONFIG + 'default_model_filename: "code/entry.py"\n', "add/1/code/entry.py": MODEL,
    }),
    Case("default_model_filename that climbs out", {
        "add/config.pbtxt": CONFIG + 'default_model_filename: "../entry.py"\n', "add/1/a": "", "add/entry.py": MODEL,
    }),
    Case("default_model_filename that is absolute", add(
        config=CONFIG + 'default_model_filename: "/nowhere/entry.py"\n')),
    Case("default_model_filename that is empty", add(config=CONFIG + 'default_model_filename: ""\n')),
    Case("one of two versions lacks its file", without(add(versions=("1", "2")), "add/1/model.py")
         | {"add/1/notes": ""}),
    Case("the newest of two versions lacks its file", without(add(versions=("1", "2")), "add/2/model.py")
         | {"add/2/notes": ""}),
    Case("one of two served versions lacks its file", without(
        add(config=CONFIG + "version_policy { all { } }\n", versions=("1", "2")), "add/1/model.py")
         | {"add/1/notes": ""}),
    Case("one of two models has no version", add() | {"twin/config.pbtxt": CONFIG}),
    Case("one of two models has no config", add() | {"twin/1/model.py": MODEL}),
]  # fmt: skip

STRAY_FOLDERS = [".git", "__pycache__", ".ipynb_checkpoints", "node_modules", "docs", "lost+found", ".venv", "-"]
CASES += [Case(f"a folder {name} beside a model", add() | {f"{name}/file": "x"}) for name in STRAY_FOLDERS]
CASES += [Case(f"an empty folder {name} beside a model", add() | {name: FOLDER}) for name in (".git", "__pycache__")]

STRAY_FILES = ["README.md", ".DS_Store", ".gitignore", "config.pbtxt", "model.py", "add.zip", "1", "Thumbs.db", ".env"]
CASES += [Case(f"a file {name} beside a model", add() | {name: "x"}) for name in STRAY_FILES]

IN_MODEL_FOLDERS = [".git", "__pycache__", "assets", ".ipynb_checkpoints", "old", "configs", "1.bak", "v2"]
CASES += [
    Case(f"a folder {name} in the model's folder", add() | {f"add/{name}/file": "x"}) for name in IN_MODEL_FOLDERS
]

IN_MODEL_FILES = [
    ".DS_Store",
    "labels.txt",
    "config.pbtxt.orig",
    "config.pbtxt~",
    ".config.pbtxt.swp",
    "2",
    "0",
    "README",
]
CASES += [Case(f"a file {name} in the model's folder", add() | {f"add/{name}": "x"}) for name in IN_MODEL_FILES]

IN_VERSION = ["weights.bin", "__pycache__/model.cpython-311.pyc", ".hidden", "sub/folder/file", "model.py.orig"]
CASES += [Case(f"{name} in the version folder", add() | {f"add/1/{name}": "x"}) for name in IN_VERSION]
CASES += [
    Case("default_model_filename in a folder of its own name", {
        "add/config.pbtxt": CONFIG + 'default_model_filename: "src/entry.py"\n', "add/1/src/entry.py": MODEL}),
    Case("a folder named as its version", add() | {"add/1/1/notes.txt": "x"}),
    Case("a Python file model.py in a folder named as its version", add() | {"add/1/1/model.py": MODEL}),
    Case("an alternative config in configs", add() | {"add/configs/b200.pbtxt": CONFIG}),
    Case("a broken alternative config in configs", add() | {"add/configs/b200.pbtxt": "{"}),
    Case("a sparse file of a terabyte", add() | {"add/1/weights.bin": Special("sparse", str(1 << 40))}),
    Case("a thousand files in a version", add() | {f"add/1/data/{i:04}": "x" for i in range(1000)}),
    Case("a path of twenty folders", add() | {"add/1/" + "deep/" * 20 + "file": "x"}),
    Case("a path longer than a thousand bytes", add() | {"add/1/" + "d" * 200 + ("/" + "d" * 200) * 5: "x"}),
]  # fmt: skip
