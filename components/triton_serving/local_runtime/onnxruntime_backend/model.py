"""The backend `onnxruntime` of the local Triton: ONNX models on the package onnxruntime, under NVIDIA's rules.

Runs inside of Triton's Python backend, which takes this file for every model whose backend is called onnxruntime.
"""

import json
import os
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import triton_python_backend_utils as pb_utils
from onnx_signature import Signature, Tensor, check, complete, is_complete

CUDA_PACKAGES = "TRITON_ONNXRUNTIME_CUDA"
"""Names the folder of the onnxruntime that is built for CUDA, with CUDA's libraries, where a model here has a GPU."""
if CUDA_PACKAGES in os.environ:
    sys.path.insert(0, os.environ[CUDA_PACKAGES])
import onnxruntime as ort  # noqa: E402 - the one or the other

REPOSITORY = "TRITON_MODEL_REPOSITORY"
"""Names the repository's folder, because a model that is asked to complete its configuration is not told its own."""
_LEVELS = {-1: ort.GraphOptimizationLevel.ORT_ENABLE_BASIC, 1: ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED}


class TritonPythonModel:
    @staticmethod
    def auto_complete_config(auto_complete_model_config):
        config = auto_complete_model_config.as_dict()
        if not is_complete(config):
            complete(config, _signature(_quick_session(_newest_file(config))))
        return auto_complete_model_config

    def initialize(self, args):
        config = json.loads(args["model_config"])
        file = _file(Path(args["model_repository"], args["model_version"]), config)
        self._session = _session(file, config, args)
        check(config, _signature(self._session))
        self._batched = config["max_batch_size"] > 0
        self._strings = {entry["name"] for entry in config["input"] if entry["data_type"] == "TYPE_STRING"}

    def execute(self, requests):
        """Requests that agree in all but the batch dimension go through the model in one step."""
        responses = [None] * len(requests)
        groups = defaultdict(list)
        for place, request in enumerate(requests):
            try:
                feeds = {tensor.name(): self._array(tensor) for tensor in request.inputs()}
            except UnicodeDecodeError as error:
                responses[place] = _refusal(f"a string tensor must be UTF-8 ({error})")
            else:
                alike = tuple((name, array.shape[1:]) for name, array in feeds.items()) if self._batched else place
                groups[alike].append((place, feeds, request.requested_output_names()))
        for group in groups.values():
            for (place, _, _), response in zip(group, self._answer(group), strict=True):
                responses[place] = response
        return responses

    def _array(self, tensor):
        array = tensor.as_numpy()
        if tensor.name() in self._strings:  # ONNX Runtime would take bytes for b'…'
            return np.array([text.decode() for text in array.ravel()], dtype=object).reshape(array.shape)
        return array

    def _answer(self, group):
        try:
            if len(group) == 1:
                ((_, feeds, names),) = group
                return [_response(names, self._session.run(list(names), feeds))]
            return self._answer_together(group)
        except Exception as error:
            if len(group) == 1:
                return [_refusal(f"onnx runtime error: {error}")]
            # What is wrong with one request must not fail the others.
            return [response for single in group for response in self._answer([single])]

    def _answer_together(self, group):
        names = sorted({name for _, _, wanted in group for name in wanted})
        batches = [feeds for _, feeds, _ in group]
        joined = {name: np.concatenate([feeds[name] for feeds in batches]) for name in batches[0]}
        results = dict(zip(names, self._session.run(names, joined), strict=True))
        ends = np.cumsum([len(next(iter(feeds.values()))) for feeds in batches])
        if any(len(result) != ends[-1] for result in results.values()):
            raise ValueError("an output has another batch size than the inputs")
        parts = {name: np.split(result, ends[:-1]) for name, result in results.items()}
        return [
            _response(wanted, [parts[name][place] for name in wanted]) for place, (_, _, wanted) in enumerate(group)
        ]


def _response(names, results):
    return pb_utils.InferenceResponse(
        [pb_utils.Tensor(name, result) for name, result in zip(names, results, strict=True)]
    )


def _refusal(text):
    return pb_utils.InferenceResponse([], pb_utils.TritonError(text))


def _signature(session):
    return Signature(
        [Tensor(one.name, one.type, one.shape) for one in session.get_inputs()],
        [Tensor(one.name, one.type, one.shape) for one in session.get_outputs()],
    )


def _newest_file(config):
    """Triton does not say for which version a configuration is completed; each is held against it when it is loaded."""
    folder = Path(os.environ[REPOSITORY], config["name"])
    versions = sorted((int(entry.name) for entry in folder.iterdir() if entry.name.isdecimal()), reverse=True)
    files = [_file(folder / str(version), config) for version in versions]
    return next((file for file in files if file.exists()), files[0])


def _file(version, config):
    file = version / (config.get("default_model_filename") or "model.onnx")
    return file / "model.onnx" if file.is_dir() else file


def _quick_session(file):
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    return ort.InferenceSession(file, options, ["CPUExecutionProvider"])


def _options(config):
    options = ort.SessionOptions()
    given = {name: value["string_value"] for name, value in config.get("parameters", {}).items()}
    instances = sum(group["count"] * max(len(group["gpus"]), 1) for group in config["instance_group"])
    # Instances of one model run at once, so together they get the machine's cores, not each all of them.
    share = max(len(os.sched_getaffinity(0)) // max(instances, 1), 1)
    options.intra_op_num_threads = int(given.get("intra_op_thread_count", 0)) or share
    options.inter_op_num_threads = int(given.get("inter_op_thread_count", 0))
    if given.get("execution_mode") == "1":
        options.execution_mode = ort.ExecutionMode.ORT_PARALLEL
    level = config.get("optimization", {}).get("graph", {}).get("level", 0)
    options.graph_optimization_level = _LEVELS.get(level, ort.GraphOptimizationLevel.ORT_ENABLE_ALL)
    # Threads that spin while they wait take the processor from Triton and the other models of this machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _session(file, config, args):
    """On the device of this instance: left to itself, ONNX Runtime goes to the CPU without an error."""
    providers = ["CPUExecutionProvider"]
    if args["model_instance_kind"] == "GPU":
        ort.preload_dlls()
        providers.insert(0, ("CUDAExecutionProvider", {"device_id": int(args["model_instance_device_id"])}))
    session = ort.InferenceSession(file, _options(config), providers, enable_fallback=0)
    if len(session.get_providers()) < len(providers):
        raise RuntimeError(
            f"ONNX Runtime cannot use GPU {args['model_instance_device_id']}, for the reason that this log gives; "
            "put that right, or write kind: KIND_CPU, or run the same command with CUDA_VISIBLE_DEVICES= (empty)"
        )
    return session
