"""Fields of config.pbtxt: tensors, batching, instances, labels, parameters, optimization and so on."""

from .case import BATCHED, CONFIG, CPU, TENSORS, Case, Files, add

TYPES = ["BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64",
         "STRING", "BF16", "INVALID"]  # fmt: skip
CASES = [Case(f"an input of TYPE_{name}", add(CONFIG.replace("FP32", name, 1))) for name in TYPES]

DIMS = ["-1", "1, -1", "-1, -1, 3", "224, 224, 3", "0", "-2", "1, 0", "", "1, 1, 1, 1, 1, 1, 1, 1", "2147483648",
        "4294967296, 4294967296, 4294967296"]  # fmt: skip
CASES += [Case(f"dims [ {dims} ]", add(CONFIG.replace("[ 1 ]", f"[ {dims} ]"))) for dims in DIMS]
CASES += [Case(f"dims [ {dims} ] with batching", add(BATCHED.replace("[ 1 ]", f"[ {dims} ]"))) for dims in DIMS[:6]]

INPUT = 'input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]'
OUTPUT = 'output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] } ]'
INPUT_MORE = {
    "reshape to a scalar with batching": (BATCHED, "reshape: { shape: [ ] }"),
    "reshape of equal size": (CONFIG, "reshape { shape: [ 1, 1 ] }"),
    "reshape of another size": (CONFIG, "reshape { shape: [ 2 ] }"),
    "reshape with zero": (CONFIG, "reshape { shape: [ 0 ] }"),
    "reshape with -1": (CONFIG, "reshape { shape: [ -1 ] }"),
    "reshape with -2": (CONFIG, "reshape { shape: [ -2 ] }"),
    "empty reshape without batching": (CONFIG, "reshape { shape: [ ] }"),
    "a format for one dimension": (CONFIG, "format: FORMAT_NHWC"),
    "an unknown format": (CONFIG, "format: FORMAT_XYZ"),
    "optional": (CONFIG, "optional: true"),
    "a shape tensor": (CONFIG, "is_shape_tensor: true"),
    "ragged without batching": (CONFIG, "allow_ragged_batch: true"),
    "ragged with batching": (BATCHED, "allow_ragged_batch: true"),
    "a label file": (CONFIG, 'label_filename: "labels.txt"'),
    "a linear format": (CONFIG, "is_non_linear_format_io: true"),
}
CASES += [
    Case(f"an input with {name}", add(config.replace("dims: [ 1 ]", f"dims: [ 1 ] {more}", 1)))
    for name, (config, more) in INPUT_MORE.items()
]
FORMATS = {"NHWC": "FORMAT_NHWC", "NCHW": "FORMAT_NCHW", "NONE": "FORMAT_NONE"}
CASES += [
    Case(f"an image input in {name}", add(BATCHED.replace("dims: [ 1 ]", f"dims: [ 3, 8, 8 ] format: {value}", 1)))
    for name, value in FORMATS.items()
]
TWICE = CONFIG.replace("} ]", '} , { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]', 1)
CASES += [
    Case("an input given twice", add(TWICE)),
    Case("an output given twice", add(CONFIG + 'output { name: "y" data_type: TYPE_FP32 dims: [ 1 ] }\n')),
    Case("an input without dims", add(CONFIG.replace("dims: [ 1 ]", "", 1))),
    Case("an output without dims", add(CONFIG.replace(OUTPUT, OUTPUT.replace("dims: [ 1 ]", "")))),
    Case("an input without a type", add(CONFIG.replace("data_type: TYPE_FP32", "", 1))),
    Case("no inputs", add(CONFIG.replace(INPUT, ""))),
    Case("no outputs", add('backend: "python"\n' + INPUT + "\n" + CPU)),
    Case("neither inputs nor outputs", add('backend: "python"\n' + CPU)),
    Case("a thousand inputs", add(CONFIG + "".join(
        f'input {{ name: "x{i}" data_type: TYPE_FP32 dims: [ 1 ] }}\n' for i in range(1000)))),
]  # fmt: skip

BATCH = ["0", "1", "8", "1024", "2147483647", "-1", "-2147483648"]
CASES += [Case(f"max_batch_size: {size}", add(f"max_batch_size: {size}\n" + CONFIG)) for size in BATCH]

BACKENDS = ["Python", "pytorch", "onnxruntime", "tensorflow", "tensorrt", "openvino", "dali", "identity", "nonsense",
            "../python", ""]  # fmt: skip
CASES += [Case(f"backend {name!r}", add(CONFIG.replace('"python"', f'"{name}"'))) for name in BACKENDS]
PLATFORMS = ["python", "onnxruntime_onnx", "tensorrt_plan", "pytorch_libtorch", "nonsense", "ensemble"]
CASES += [
    Case(f"platform {name!r} without a backend", add(CONFIG.replace('backend: "python"', f'platform: "{name}"')))
    for name in PLATFORMS
]
CASES += [
    Case("neither backend nor platform", add(CONFIG.replace('backend: "python"', ""))),
    Case("platform and backend that disagree", add(CONFIG + 'platform: "onnxruntime_onnx"\n')),
    Case("platform and backend that are both python", add(CONFIG + 'platform: "python"\n')),
    Case("a runtime that is missing", add(CONFIG + 'runtime: "mine.py"\n')),
]

GROUPS = {
    "one": "{ kind: KIND_CPU }",
    "count two": "{ kind: KIND_CPU count: 2 }",
    "named": '{ name: "mine" kind: KIND_CPU }',
    "two groups": "{ kind: KIND_CPU }, { kind: KIND_CPU count: 1 }",
    "two groups of one name": '{ name: "a" kind: KIND_CPU }, { name: "a" kind: KIND_CPU }',
    "count zero": "{ kind: KIND_CPU count: 0 }",
    "count negative": "{ kind: KIND_CPU count: -1 }",
    "kind auto": "{ kind: KIND_AUTO }",
    "kind model": "{ kind: KIND_MODEL }",
    "kind left out": "{ count: 1 }",
    "kind GPU": "{ kind: KIND_GPU }",
    "kind GPU with an index": "{ kind: KIND_GPU gpus: [ 0 ] }",
    "kind GPU with a negative index": "{ kind: KIND_GPU gpus: [ -1 ] }",
    "kind GPU with an index twice": "{ kind: KIND_GPU gpus: [ 0, 0 ] }",
    "kind GPU with index 100": "{ kind: KIND_GPU gpus: [ 100 ] }",
    "kind CPU with GPUs": "{ kind: KIND_CPU gpus: [ 0 ] }",
    "an unknown kind": "{ kind: KIND_TPU }",
    "passive": "{ kind: KIND_CPU passive: true }",
    "a host policy": '{ kind: KIND_CPU host_policy: "mine" }',
    "a profile": '{ kind: KIND_CPU profile: [ "0" ] }',
    "a rate limiter": '{ kind: KIND_CPU rate_limiter { resources [ { name: "r" count: 1 } ] priority: 2 } }',
    "a rate limiter without a count": '{ kind: KIND_CPU rate_limiter { resources [ { name: "r" } ] } }',
    "a global rate limiter": '{ kind: KIND_CPU rate_limiter { resources [ { name: "r" global: true count: 2 } ] } }',
    "a secondary device": "{ kind: KIND_CPU secondary_devices [ { kind: KIND_NVDLA device_id: 0 } ] }",
}
BARE = 'backend: "python"\n' + TENSORS
CASES += [Case(f"instance group: {name}", add(BARE + f"instance_group [ {text} ]\n")) for name, text in GROUPS.items()]
CASES += [Case("no instance group", add(BARE)), Case("an empty instance group", add(BARE + "instance_group [ ]\n"))]


def _labels(value: str) -> Files:
    output = f'output [ {{ name: "y" data_type: TYPE_FP32 dims: [ 1 ] label_filename: "{value}" }} ]'
    return add(f'backend: "python"\n{INPUT}\n{output}\n{CPU}')


CASES += [
    Case("a label file", _labels("labels.txt") | {"add/labels.txt": "cat\ndog\n"}),
    Case("a label file that is missing", _labels("labels.txt")),
    Case("a label file in a version folder only", _labels("labels.txt") | {"add/1/labels.txt": "cat\n"}),
    Case("a label file named with its version", _labels("1/labels.txt") | {"add/1/labels.txt": "cat\n"}),
    Case("an empty label file", _labels("labels.txt") | {"add/labels.txt": ""}),
    Case("a label file outside the model", _labels("../labels.txt") | {"labels.txt": "cat\n"}),
    Case("an absolute label file", _labels("/etc/hostname")),
    Case("a label file that is a folder", _labels("labels") | {"add/labels/a": "cat\n"}),
    Case("a label file with accents", _labels("labels.txt") | {"add/labels.txt": "é\n"}),
    Case("a label file in Latin-1", _labels("labels.txt") | {"add/labels.txt": b"\xe9\n"}),
]

PARAMETER = 'key: "k" value { string_value: "v" }'
MORE = {
    "a parameter": 'parameters { key: "k" value { string_value: "v" } }',
    "a parameter with colons": 'parameters: { key: "k", value: { string_value: "v" } }',
    "parameters as a list": f"parameters [ {{ {PARAMETER} }}, {{ {PARAMETER.replace('k', 'l')} }} ]",
    "a parameter given twice": f"parameters {{ {PARAMETER} }} parameters {{ {PARAMETER} }}",
    "a parameter without a value": 'parameters { key: "k" }',
    "a parameter without a key": 'parameters { value { string_value: "v" } }',
    "a parameter that is a number": 'parameters { key: "k" value { string_value: 3 } }',
    "a parameter without its block": 'parameters { key: "k" value: "v" }',
    "a metric tag": 'metric_tags { key: "team" value: "a" }',
    "priority max": "optimization { priority: PRIORITY_MAX }",
    "an unknown priority": "optimization { priority: HIGH }",
    "pinned memory off": "optimization { input_pinned_memory { enable: false } output_pinned_memory { } }",
    "CUDA graphs": "optimization { cuda { graphs: true } }",
    "an accelerator": 'optimization { execution_accelerators { gpu_execution_accelerator: [ { name: "tensorrt" } ] } }',
    "graph level": "optimization { graph { level: 1 } }",
    "eager batching": "optimization { eager_batching: true }",
    "gather kernel threshold": "optimization { gather_kernel_buffer_threshold: 1024 }",
    "decoupled": "model_transaction_policy { decoupled: true }",
    "not decoupled": "model_transaction_policy { decoupled: false }",
    "response cache off": "response_cache { enable: false }",
    "response cache on": "response_cache { enable: true }",
    "response cache on and decoupled": "response_cache { enable: true } model_transaction_policy { decoupled: true }",
    "model operations": 'model_operations { op_library_filename: [ "lib.so" ] }',
    "memory limits": "model_metrics { }",
    "a metric family": 'model_metrics { metric_control [ { metric_identifier { family: "nv_inference_count" } } ] }',
    "cc_model_filenames": 'cc_model_filenames { key: "7.5" value: "model.py" }',
    "cc_model_filenames that are missing": 'cc_model_filenames { key: "7.5" value: "other.py" }',
    "an agent that is missing": 'model_repository_agents { agents [ { name: "checksum" } ] }',
    "an execution environment that is missing": (
        'parameters { key: "EXECUTION_ENV_PATH" value { string_value: "$$TRITON_MODEL_DIRECTORY/env.tar.gz" } }'
    ),
    "force CPU only": 'parameters { key: "FORCE_CPU_ONLY_INPUT_TENSORS" value { string_value: "no" } }',
    "a batch input without batching": (
        'batch_input [ { kind: BATCH_ELEMENT_COUNT target_name: "b" data_type: TYPE_FP32 source_input: "x" } ]'
    ),
}
CASES += [Case(f"config with {name}", add(CONFIG + text + "\n")) for name, text in MORE.items()]
