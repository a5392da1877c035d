"""Finds what models need in a checked directory. Apart from `needs`, for who reads an image knows no config.pbtxt."""

from collections.abc import Iterable
from typing import Any

from .check import Check
from .config import Configured, configure
from .layout import read_layout
from .needs import Input, ModelNeeds, Needs
from .pbtxt import definitions


def needs_of(check: Check) -> Needs:
    layout = read_layout(check.tree)
    inputs = {folder.name: _inputs(configure(check.tree, folder)) for folder in layout.models}
    models = tuple(
        ModelNeeds(
            model.name, model.served, model.backend, model.asks_for_gpu, model.instances, inputs.get(model.name, ())
        )
        for model in check.models
    )
    return Needs(_repository(check, (folder.folder.path for folder in layout.models)), models)


def _repository(check: Check, models: Iterable[str]) -> str:
    for path in models:
        return path.rpartition("/")[0]
    return check.tree.root.name


def _inputs(configured: Any) -> tuple[Input, ...]:
    if not isinstance(configured, Configured) or configured.message is None:
        return ()
    message = configured.message
    if message.HasField("sequence_batching") or message.model_transaction_policy.decoupled:
        return ()
    batch = (-1,) if message.max_batch_size > 0 else ()
    return tuple(
        Input(one.name, _datatype(one.data_type), (*batch, *one.dims)) for one in message.input if not one.optional
    )


def _datatype(number: int) -> str:
    name = str(definitions().DataType.Name(number)).removeprefix("TYPE_")
    return "BYTES" if name == "STRING" else name
