"""Ensembles: steps, their tensors, and what they refer to."""

from .case import BATCHED, CONFIG, FOLDER, MODEL, TENSORS, Case, Files, add


def _step(model: str, source: str, result: str, version: int = -1) -> str:
    return (
        f'{{ model_name: "{model}" model_version: {version} '
        f'input_map {{ key: "x" value: "{source}" }} output_map {{ key: "y" value: "{result}" }} }}'
    )


def _ensemble(*steps: str, head: str = 'platform: "ensemble"\n', tensors: str = TENSORS, name: str = "both") -> Files:
    scheduling = f"ensemble_scheduling {{ step [ {', '.join(steps)} ] }}\n"
    return {f"{name}/config.pbtxt": head + tensors + scheduling, f"{name}/1/.gitkeep": ""}


ONE = _ensemble(_step("add", "x", "y"))
TWO = _ensemble(_step("add", "x", "between"), _step("add", "between", "y"))
FREE = TENSORS.replace("[ 1 ]", "[ -1 ]")
CHAIN = [_step("add", f"t{i}" if i else "x", f"t{i + 1}" if i < 199 else "y") for i in range(200)]

CASES = [
    Case("an ensemble of one step", add() | ONE),
    Case("an ensemble of two steps", add() | TWO),
    Case("an ensemble of two models", add() | add(name="sub") | _ensemble(
        _step("add", "x", "between"), _step("sub", "between", "y"))),
    Case("an ensemble with steps out of order", add() | _ensemble(
        _step("add", "between", "y"), _step("add", "x", "between"))),
    Case("an ensemble whose version folder is empty", add() | {
        path: entry for path, entry in ONE.items() if "gitkeep" not in path} | {"both/1": FOLDER}),
    Case("an ensemble without a version folder", add() | {"both/config.pbtxt": ONE["both/config.pbtxt"]}),
    Case("an ensemble of version 3", add() | {"both/config.pbtxt": ONE["both/config.pbtxt"], "both/3/.gitkeep": ""}),
    Case("an ensemble with a model file", add() | ONE | {"both/1/model.py": MODEL}),
    Case("an ensemble that also names a backend", add() | _ensemble(
        _step("add", "x", "y"), head='platform: "ensemble"\nbackend: "python"\n')),
    Case("an ensemble without its platform", add() | _ensemble(_step("add", "x", "y"), head="")),
    Case("an ensemble that names the platform as backend", add() | _ensemble(
        _step("add", "x", "y"), head='backend: "ensemble"\n')),
    Case("an ensemble with an instance group", add() | {
        "both/config.pbtxt": str(ONE["both/config.pbtxt"]) + "instance_group [ { kind: KIND_CPU } ]\n",
        "both/1/.gitkeep": ""}),
    Case("an ensemble with dynamic batching", add() | {
        "both/config.pbtxt": "max_batch_size: 8\n" + str(ONE["both/config.pbtxt"]) + "dynamic_batching { }\n",
        "both/1/.gitkeep": ""}),
    Case("an ensemble without steps", add() | _ensemble()),
    Case("an ensemble without scheduling", add() | {
        "both/config.pbtxt": 'platform: "ensemble"\n' + TENSORS, "both/1/.gitkeep": ""}),
    Case("an ensemble of an absent model", add() | _ensemble(_step("absent", "x", "y"))),
    Case("an ensemble of itself", add() | _ensemble(_step("both", "x", "y"))),
    Case("two ensembles of each other", _ensemble(_step("b", "x", "y"), name="a")
         | _ensemble(_step("a", "x", "y"), name="b")),
    Case("an ensemble of an ensemble", add() | ONE | _ensemble(_step("both", "x", "y"), name="outer")),
    Case("an ensemble of a broken model", add("{") | ONE),
    Case("a step of a version that exists", add(versions=("1", "2"), config=CONFIG + "version_policy { all { } }\n")
         | _ensemble(_step("add", "x", "y", 1))),
    Case("a step of a version that is missing", add() | _ensemble(_step("add", "x", "y", 7))),
    Case("a step of a version that is not served", add(versions=("1", "2")) | _ensemble(_step("add", "x", "y", 1))),
    Case("a step of version zero", add() | _ensemble(_step("add", "x", "y", 0))),
    Case("a step of version -2", add() | _ensemble(_step("add", "x", "y", -2))),
    Case("a step without a version", add() | _ensemble(_step("add", "x", "y").replace("model_version: -1", ""))),
    Case("a step without a model", add() | _ensemble(_step("", "x", "y"))),
    Case("a step with an unknown input", add() | _ensemble(_step("add", "x", "y").replace('key: "x"', 'key: "z"'))),
    Case("a step with an unknown output", add() | _ensemble(_step("add", "x", "y").replace('key: "y"', 'key: "z"'))),
    Case("a step without inputs", add() | _ensemble(
        '{ model_name: "add" model_version: -1 output_map { key: "y" value: "y" } }')),
    Case("a step without outputs", add() | _ensemble(
        '{ model_name: "add" model_version: -1 input_map { key: "x" value: "x" } }')),
    Case("a step that reads a tensor nobody makes", add() | _ensemble(
        _step("add", "x", "between"), _step("add", "elsewhere", "y"))),
    Case("a step whose result nobody reads", add() | _ensemble(_step("add", "x", "y"), _step("add", "x", "unread"))),
    Case("an ensemble output nobody makes", add() | _ensemble(_step("add", "x", "between"))),
    Case("an ensemble input nobody reads", add() | _ensemble(
        _step("add", "x", "y"), tensors=TENSORS + 'input { name: "z" data_type: TYPE_FP32 dims: [ 1 ] }\n')),
    Case("two steps that make one tensor", add() | _ensemble(_step("add", "x", "y"), _step("add", "x", "y"))),
    Case("steps in a circle", add() | _ensemble(
        _step("add", "a", "b"), _step("add", "b", "a"), _step("add", "x", "y"))),
    Case("an ensemble whose type differs from the step's", add() | _ensemble(
        _step("add", "x", "y"), tensors=TENSORS.replace("FP32", "INT32"))),
    Case("an ensemble whose shape differs from the step's", add() | _ensemble(
        _step("add", "x", "y"), tensors=TENSORS.replace("[ 1 ]", "[ 2 ]"))),
    Case("an ensemble whose rank differs from the step's", add() | _ensemble(
        _step("add", "x", "y"), tensors=TENSORS.replace("[ 1 ]", "[ 1, 1 ]"))),
    Case("an ensemble with free shapes over fixed ones", add() | _ensemble(_step("add", "x", "y"), tensors=FREE)),
    Case("a fixed ensemble over free shapes", add(CONFIG.replace("[ 1 ]", "[ -1 ]")) | ONE),
    Case("an unbatched ensemble over a batched model", add(BATCHED) | ONE),
    Case("an unbatched ensemble with the batch in its shape", add(BATCHED) | _ensemble(
        _step("add", "x", "y"), tensors=TENSORS.replace("[ 1 ]", "[ -1, 1 ]"))),
    Case("a batched ensemble over a batched model", add(BATCHED) | _ensemble(
        _step("add", "x", "y"), head='platform: "ensemble"\nmax_batch_size: 8\n')),
    Case("a batched ensemble over a smaller batch", add(BATCHED) | _ensemble(
        _step("add", "x", "y"), head='platform: "ensemble"\nmax_batch_size: 9\n')),
    Case("a batched ensemble over an unbatched model", add() | _ensemble(
        _step("add", "x", "y"), head='platform: "ensemble"\nmax_batch_size: 8\n')),
    Case("types that differ between two steps", add() | add(CONFIG.replace("FP32", "INT32"), name="sub")
         | _ensemble(_step("add", "x", "between"), _step("sub", "between", "y"),
                     tensors=TENSORS[::-1].replace("23PF", "23TNI", 1)[::-1])),
    Case("a step's optional input left out", add(
        CONFIG.replace("dims: [ 1 ]", 'dims: [ 1 ] }, { name: "z" data_type: TYPE_FP32 dims: [ 1 ] optional: true', 1))
        | ONE),
    Case("a step's input left out", add(
        CONFIG.replace("dims: [ 1 ]", 'dims: [ 1 ] }, { name: "z" data_type: TYPE_FP32 dims: [ 1 ]', 1)) | ONE),
    Case("a step of a decoupled model", add(CONFIG + "model_transaction_policy { decoupled: true }\n") | ONE),
    Case("a step of a model without config", {"add/1/model.py": MODEL} | ONE),
    Case("an ensemble of two hundred steps", add() | _ensemble(*CHAIN)),
    Case("an ensemble with response cache on", add() | _ensemble(
        _step("add", "x", "y"), head='platform: "ensemble"\nresponse_cache { enable: true }\n')),
    Case("a model with ensemble scheduling and a backend", add(
        CONFIG + f"ensemble_scheduling {{ step [ {_step('sub', 'x', 'y')} ] }}\n") | add(name="sub")),
    Case("an ensemble alone", ONE),
]  # fmt: skip
