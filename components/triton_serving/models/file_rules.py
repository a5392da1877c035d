"""The files that a model's configuration leads to: models, labels, initial states, libraries."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from ..rules.problems import Problem
from ..rules.wording import printable, shown
from .backends import KNOWN_FILES, Backend
from .config_lines import Place
from .layout import Folder, ModelFolder
from .pbtxt import Config
from .tree import File

MODEL_VARIABLE = "$$TRITON_MODEL_DIRECTORY"
_FOLDERS = ("model.savedmodel",)
_EITHER = ("model.onnx", "model.pt2")
"""An ONNX model with large weights may be a folder, so may an AOTInductor package."""


def is_inside(path: str) -> bool:
    """Whether a path in a configuration stays in the folder it counts from."""
    parts = PurePosixPath(path).parts
    return bool(parts) and parts[0] != "/" and ".." not in parts


def model_file_problems(
    config: Config | None, model: ModelFolder, served: tuple[int, ...], backend: Backend
) -> Iterator[Problem]:
    names = [backend.file] if backend.file else []
    if config is not None and config.message.default_model_filename and not is_inside(backend.file or ""):
        yield _outside(config, ("default_model_filename",), config.message.default_model_filename)
        return
    if config is not None and config.message.cc_model_filenames and backend.kind.platforms:
        # One file for each GPU generation; the default one is only needed for generations not listed. The backends
        # that Triton has no platforms for do not look at this.
        listed = config.message.cc_model_filenames
        names = sorted(set(listed.values()))
        for capability, name in sorted(listed.items()):
            if not is_inside(name):
                yield _outside(config, ("cc_model_filenames", f"[{capability}]"), name)
                names.remove(name)
    for version in served:
        folder = model.version(version)
        for name in names:
            yield from _model_file(folder, name, backend)


def _model_file(folder: Folder, name: str, backend: Backend) -> Iterator[Problem]:
    found = folder.find(name)
    place = f"{folder.path}/{printable(name)}"
    kind = backend.name or "this"
    if found is None:
        yield Problem(
            place,
            None,
            f"the model file of the {kind} backend must be there (the version's folder {holds(folder)})",
            _missing_remedy(folder, name, backend),
            "model-file-missing",
        )
    elif isinstance(found, File):
        if name in _FOLDERS:
            yield Problem(
                place, None, "a SavedModel must be a folder (is a file)", "unpack it there", "model-file-kind"
            )
        elif found.size == 0:
            yield Problem(
                place, None, "the model file must not be empty (0 bytes)", "export or copy it again", "model-file-empty"
            )
    elif name in _FOLDERS:
        if not {"saved_model.pb", "saved_model.pbtxt"} & found.files.keys():
            yield Problem(
                place,
                None,
                f"a SavedModel must hold saved_model.pb (the folder {holds(found)})",
                "copy the whole exported folder",
                "model-file-missing",
            )
    elif name in KNOWN_FILES and name not in _EITHER:
        yield Problem(
            place, None, "the model file must be a file (is a folder)", "put the file itself there", "model-file-kind"
        )


def holds(folder: Folder) -> str:
    names = sorted([*folder.files, *(f"{name}/" for name in folder.folders)])
    return f"holds {shown(', '.join(names[:5]))}" if names else "is empty"


def _missing_remedy(folder: Folder, name: str, backend: Backend) -> str:
    names = [*folder.files, *folder.folders]
    for other in names:
        if other.casefold() == name.casefold():
            return f"rename {shown(other)} to {shown(name)}; case matters"
    for other in names:
        if other in KNOWN_FILES and KNOWN_FILES[other][0] != backend.name:
            return f'add {shown(name)}, or set backend: "{KNOWN_FILES[other][0]}" to serve {other}'
    alike = [other for other in folder.files if PurePosixPath(other).suffix == PurePosixPath(name).suffix]
    if len(alike) == 1:
        return f'rename {shown(alike[0])} to {shown(name)}, or set default_model_filename: "{shown(alike[0])}"'
    return f"put {shown(name)} there, or name your file with default_model_filename in config.pbtxt"


def linked_file_problems(config: Config, model: ModelFolder) -> Iterator[Problem]:
    message = config.message
    for index, output in enumerate(message.output):
        if output.label_filename:
            yield from _linked(config, ("output", index, "label_filename"), model.folder, "", output.label_filename)
    for index, state in enumerate(message.sequence_batching.state):
        for number, initial in enumerate(state.initial_state):
            if initial.data_file:
                place: Place = ("sequence_batching", "state", index, "initial_state", number, "data_file")
                yield from _linked(config, place, model.folder, "initial_state/", initial.data_file)
    if "TRITON_BATCH_STRATEGY_PATH" in message.parameters:
        place = ("parameters", "[TRITON_BATCH_STRATEGY_PATH]")
        yield _outside(config, place, message.parameters["TRITON_BATCH_STRATEGY_PATH"].string_value)


def _linked(config: Config, place: Place, folder: Folder, below: str, path: str) -> Iterator[Problem]:
    found = linked_file(config, place, folder, below, path)
    if isinstance(found, Problem):
        yield found


def linked_file(config: Config, place: Place, folder: Folder, below: str, path: str) -> File | Problem:
    """The file that a setting names, `below` a folder of the model's; it may be empty, but must be a file."""
    if not is_inside(path):
        return _outside(config, place, path)
    found = folder.find(below + path)
    if isinstance(found, File):
        return found
    return config.problem(
        place,
        f"the file {below}{shown(path)} must be in the model's folder ({'is a folder' if found else 'there is none'})",
        f"put it at {folder.path}/{below}{shown(path)}, or correct the name",
        "linked-file-missing",
    )


def _outside(config: Config, place: Place, path: str) -> Problem:
    return config.problem(
        place,
        f"a configuration must name files inside the model's own folder (got '{shown(path)}')",
        "put the file into the model's folder and write its path from there, without '..' or a leading '/'",
        "linked-file-outside",
    )
