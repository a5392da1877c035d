"""How requests are gathered: dynamic batching, sequences, warm-up."""

from .case import BATCHED, CONFIG, Case, add

DYNAMIC = {
    "empty": "",
    "a preferred size": "preferred_batch_size: [ 4 ]",
    "two preferred sizes": "preferred_batch_size: [ 4, 8 ]",
    "a preferred size of zero": "preferred_batch_size: [ 0 ]",
    "a negative preferred size": "preferred_batch_size: [ -4 ]",
    "a preferred size over the maximum": "preferred_batch_size: [ 16 ]",
    "a delay": "max_queue_delay_microseconds: 100",
    "a negative delay": "max_queue_delay_microseconds: -1",
    "preserve ordering": "preserve_ordering: true",
    "priorities": "priority_levels: 3 default_priority_level: 2",
    "priorities without a default": "priority_levels: 3",
    "a default over the priorities": "priority_levels: 3 default_priority_level: 4",
    "a default without priorities": "default_priority_level: 1",
    "a queue policy": "default_queue_policy { timeout_action: REJECT max_queue_size: 9 }",
    "a queue policy that delays": "default_queue_policy { timeout_action: DELAY allow_timeout_override: true }",
    "an unknown queue action": "default_queue_policy { timeout_action: DROP }",
    "a queue policy for a priority": (
        "priority_levels: 2 default_priority_level: 1 priority_queue_policy { key: 1 value { max_queue_size: 4 } }"
    ),
    "a queue policy for a priority that is missing": (
        "priority_levels: 2 default_priority_level: 1 priority_queue_policy { key: 5 value { max_queue_size: 4 } }"
    ),
    "an unknown field": "max_delay: 100",
}  # fmt: skip
CASES = [
    Case(f"dynamic batching: {name}", add(BATCHED + f"dynamic_batching {{ {text} }}\n"))
    for name, text in DYNAMIC.items()
]
CASES += [
    Case("dynamic batching without max_batch_size", add(CONFIG + "dynamic_batching { }\n")),
    Case("dynamic batching with max_batch_size 1", add("max_batch_size: 1\n" + CONFIG + "dynamic_batching { }\n")),
    Case("dynamic and sequence batching", add(BATCHED + "dynamic_batching { }\nsequence_batching { }\n")),
    Case("dynamic batching of a decoupled model", add(
        BATCHED + "dynamic_batching { }\nmodel_transaction_policy { decoupled: true }\n")),
]  # fmt: skip


def _control(name: str, kind: str, values: str = "int32_false_true: [ 0, 1 ]") -> str:
    return f'{{ name: "{name}" control [ {{ kind: CONTROL_SEQUENCE_{kind} {values} }} ] }}'


START, READY, END = _control("START", "START"), _control("READY", "READY"), _control("END", "END")
CORRELATION = _control("ID", "CORRID", "data_type: TYPE_UINT64")
SEQUENCE = {
    "empty": "",
    "direct": "direct { }",
    "oldest": "oldest { max_candidate_sequences: 4 }",
    "oldest with preferred sizes": "oldest { max_candidate_sequences: 4 preferred_batch_size: [ 2, 4 ] }",
    "oldest without candidates": "oldest { }",
    "direct and oldest": "direct { } oldest { }",
    "idle time": "max_sequence_idle_microseconds: 5000000",
    "start and ready": f"control_input [ {START}, {READY} ]",
    "all controls": f"control_input [ {START}, {READY}, {END}, {CORRELATION} ]",
    "start twice": f"control_input [ {START}, {START} ]",
    "two starts of other names": f"control_input [ {START}, {_control('BEGIN', 'START')} ]",
    "a control with no kind's values": "control_input [ " + _control("START", "START", "") + " ]",
    "a control with three values": "control_input [ " + _control(
        "START", "START", "int32_false_true: [ 0, 1, 2 ]") + " ]",
    "a control with two types": "control_input [ " + _control(
        "START", "START", "int32_false_true: [ 0, 1 ] fp32_false_true: [ 0, 1 ]") + " ]",
    "a control in FP32": "control_input [ " + _control("START", "START", "fp32_false_true: [ 0, 1 ]") + " ]",
    "a control without a name": "control_input [ " + _control("", "START") + " ]",
    "a control without controls": 'control_input [ { name: "START" } ]',
    "a correlation without a type": "control_input [ " + _control("ID", "CORRID", "") + " ]",
    "a correlation in FP32": "control_input [ " + _control("ID", "CORRID", "data_type: TYPE_FP32") + " ]",
    "a correlation as text": "control_input [ " + _control("ID", "CORRID", "data_type: TYPE_STRING") + " ]",
    "an unknown control": "control_input [ " + _control("X", "MIDDLE") + " ]",
    "a state": (
        'state [ { input_name: "si" output_name: "so" data_type: TYPE_INT32 dims: [ 1 ] '
        'initial_state { data_type: TYPE_INT32 dims: [ 1 ] zero_data: true name: "zero" } } ]'
    ),
    "a state without an initial one": (
        'state [ { input_name: "si" output_name: "so" data_type: TYPE_INT32 dims: [ 1 ] } ]'
    ),
    "iterative": "iterative_sequence: true",
    "generative": "generative_sequence: true",
    "a negative idle time": "max_sequence_idle_microseconds: -1",
}  # fmt: skip
CASES += [
    Case(f"sequence batching: {name}", add(BATCHED + f"sequence_batching {{ {text} }}\n"))
    for name, text in SEQUENCE.items()
]
CASES += [Case("sequence batching without max_batch_size", add(CONFIG + "sequence_batching { direct { } }\n"))]


def _warmup(tensor: str, more: str = "batch_size: 1") -> str:
    return f'model_warmup [ {{ name: "w" {more} inputs {{ key: "x" value {{ {tensor} }} }} }} ]\n'


WARMUPS = {
    "zeros": _warmup("data_type: TYPE_FP32 dims: [ 1 ] zero_data: true"),
    "random": _warmup("data_type: TYPE_FP32 dims: [ 1 ] random_data: true"),
    "a count": _warmup("data_type: TYPE_FP32 dims: [ 1 ] zero_data: true", "batch_size: 2 count: 3"),
    "a file that is missing": _warmup('data_type: TYPE_FP32 dims: [ 1 ] input_data_file: "zeros"'),
    "no data": _warmup("data_type: TYPE_FP32 dims: [ 1 ]"),
    "a free dimension": _warmup("data_type: TYPE_FP32 dims: [ -1 ] zero_data: true"),
    "another shape": _warmup("data_type: TYPE_FP32 dims: [ 9 ] zero_data: true"),
    "another type": _warmup("data_type: TYPE_INT8 dims: [ 1 ] zero_data: true"),
    "batch size zero": _warmup("data_type: TYPE_FP32 dims: [ 1 ] zero_data: true", "batch_size: 0"),
    "a batch over the maximum": _warmup("data_type: TYPE_FP32 dims: [ 1 ] zero_data: true", "batch_size: 99"),
    "an unknown input": _warmup("data_type: TYPE_FP32 dims: [ 1 ] zero_data: true").replace('"x"', '"z"'),
    "no inputs": 'model_warmup [ { name: "w" batch_size: 1 } ]\n',
    "no name": _warmup("data_type: TYPE_FP32 dims: [ 1 ] zero_data: true").replace('name: "w"', ""),
}
CASES += [Case(f"warm-up: {name}", add(BATCHED + text)) for name, text in WARMUPS.items()]
FROM_FILE = BATCHED + _warmup('data_type: TYPE_FP32 dims: [ 1 ] input_data_file: "zeros"')
CASES += [
    Case("warm-up: a file", add(FROM_FILE) | {"add/warmup/zeros": bytes(4)}),
    Case("warm-up: a file of the wrong size", add(FROM_FILE) | {"add/warmup/zeros": bytes(3)}),
    Case("warm-up: a file outside the folder", add(FROM_FILE.replace('"zeros"', '"../../zeros"'))
         | {"zeros": bytes(4)}),
    Case("warm-up: a model that fails", add(
        BATCHED + WARMUPS["zeros"],
        "class TritonPythonModel:\n    def execute(self, requests):\n        raise ValueError('no')\n")),
]  # fmt: skip
