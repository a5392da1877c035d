"""What LocalService does when the engine asks: check the script, bring the service up or to its new form, take it away.

    check    reads the entry script and completes the inputs with its files, so that a preview shows each
    diff     compares them, and sees when the service is not running as it should
    create   \\
    update   / prepare, start the new, move over when it is ready; the old serves until then
    read     how the service is
    delete   ends it and removes its folder
"""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from urllib.parse import urlsplit

from ..local_runtime import supervision
from ..local_runtime.service import ScriptWish, Wish, deploy, remove, reserved_port, serving
from ..local_runtime.supervisor.ports import Port
from ..models.changes import tell
from ..models.image_config import read_models
from ..plan.service import Keys, Mode, ServedModel
from ..rules.arguments import unknown_arguments
from ..rules.containers import MISPLACED, misplaced_in_processes
from ..rules.problems import UserError
from ..rules.service import DEFAULT_PORT, RULES, combination_problems, mode_of
from .addresses import ADDRESSES, addresses
from .local_inputs import base_uri, changed_inputs, check_inputs, digest_of, known_config, source_of
from .local_service_folder import find_place, folder_of, place_of
from .local_service_schema import SCHEMA
from .resource import Call, Change, Changes, Checked
from .values import UNKNOWN, Properties, has_unknown

_HEALTHY = "Healthy"


class LocalServiceProvider:
    type_name = "LocalService"
    schema = SCHEMA

    def check(self, call: Call, news: Properties) -> Checked:
        given = {key: value for key, value in news.items() if value is not None}
        problems = unknown_arguments(given.keys() - MISPLACED, SCHEMA["inputProperties"])
        problems += misplaced_in_processes(given)
        return check_inputs(given, problems, RULES, combination_problems)

    def diff(self, call: Call, olds: Properties, news: Properties) -> Changes:
        changes = changed_inputs(olds, news, SCHEMA)
        if not changes and (trouble := _trouble(supervision.status(folder_of(olds)))):
            call.engine.warn(call.urn, f"{trouble}; it will be started again")
            changes["state"] = Change.UPDATE
        return changes

    def create(self, call: Call, inputs: Properties) -> tuple[str, Properties]:
        place = find_place(call.urn, inputs["name"])
        if call.preview:
            _refuse_unfit_port(inputs, place.folder)
            return "", _expected(call, inputs, None)
        # What a killed run left running, or what `--replace` will delete afterwards, is taken over.
        return place.take(), self._deploy(call, place.folder, inputs)

    def update(self, call: Call, resource_id: str, olds: Properties, inputs: Properties) -> Properties:
        folder = place_of(resource_id, olds).folder
        if call.preview:
            _refuse_unfit_port(inputs, folder)
            return _expected(call, inputs, olds)
        if "files" in inputs and inputs["files"] != olds.get("files"):
            call.engine.notice(call.urn, tell(olds.get("files", {}), inputs["files"]))
        return self._deploy(call, folder, inputs)

    def read(self, call: Call, resource_id: str, state: Properties) -> Properties | None:
        """A service that nobody runs any more counts as gone: the next update starts it again."""
        if "scoringUri" not in state:
            raise UserError("a local service cannot be imported; declare it, and `up` starts it")
        status = supervision.status(place_of(resource_id, state).folder)
        if trouble := _trouble(status):
            call.engine.warn(call.urn, f"{trouble}; `up` starts it again")
        return None if status is None else state | {"state": status.state}

    def delete(self, call: Call, resource_id: str, state: Properties) -> None:
        place = place_of(resource_id, state)
        if place.is_current():
            remove(place.folder)

    def _deploy(self, call: Call, folder: Path, inputs: Properties) -> Properties:
        with _port(inputs, folder) as port:
            wish = _wish(inputs, port)
            deployment = deploy(folder, wish, call.work, lambda text: call.engine.notice(call.urn, text))
        reached = addresses(base_uri(port), wish.mode, deployment.plan.models)
        return inputs | reached | {"state": _HEALTHY, "logs": str(folder / "logs")} | digest_of(inputs)


def _wish(inputs: Properties, port: int) -> Wish:
    return Wish(
        name=inputs["name"],
        mode=Mode(mode_of(inputs)),
        port=port,
        model=inputs.get("model"),
        allow_plain_http=inputs.get("allowPlainHttp", False),
        script=_script(inputs) if "entryScript" in inputs else None,
        startup_seconds=inputs.get("startupTimeoutSeconds"),
        keys=Keys(inputs["primaryKey"], inputs["secondaryKey"]) if inputs.get("authEnabled") else None,
    )


def _script(inputs: Properties) -> ScriptWish:
    return ScriptWish(
        source_of(inputs),
        inputs["environment"],
        inputs.get("environmentVariables", {}),
        inputs.get("scoringTimeoutMs", ScriptWish.scoring_timeout_ms),
    )


def _trouble(status: supervision.Status | None) -> str:
    """Why a service without changes has to be started again; empty when it runs."""
    if status is None:
        return "the service is not running (stopped, killed, or the machine was started anew)"
    return f"the service is {status.state}: {status.reason}" if status.state == "Unhealthy" else ""


def _port(inputs: Properties, folder: Path) -> AbstractContextManager[int]:
    """The port of the inputs; for 0 the one it has already, or a free one."""
    before = serving(folder)
    known = int(inputs.get("port", DEFAULT_PORT)) or (before.port if before else 0)
    return nullcontext(known) if known else reserved_port()


def _refuse_unfit_port(inputs: Properties, folder: Path) -> None:
    port = inputs.get("port", DEFAULT_PORT)
    before = serving(folder)
    ours = before is not None and before.port == port and supervision.status(folder) is not None
    if not has_unknown(port) and port and not ours:
        Port(port).close()


def _expected(call: Call, inputs: Properties, olds: Properties | None) -> Properties:
    """What an update would come to, as far as it is known before."""
    unknown = dict.fromkeys((*ADDRESSES, "modelDigest"), UNKNOWN)
    kept = {"logs": olds["logs"]} if olds else {"logs": UNKNOWN}
    known = inputs | unknown | kept | {"state": UNKNOWN}
    port = inputs.get("port", DEFAULT_PORT)
    if has_unknown(port) or has_unknown(inputs.get("mode")) or has_unknown(inputs.get("model")):
        return known
    if port == 0 and olds is None:
        return known | digest_of(inputs)
    mode = Mode(mode_of(inputs))
    models = () if mode is not Mode.DIRECT else _models(call, inputs)
    reached = addresses(base_uri(_known_port(port, olds)), mode, models or ())
    return known | reached | ({"inferUris": UNKNOWN} if models is None else {}) | digest_of(inputs)


def _known_port(port: int, olds: Properties | None) -> int:
    """For 0, the port that was found before."""
    return port or (olds and urlsplit(olds["healthUri"]).port) or 0


def _models(call: Call, inputs: Properties) -> tuple[ServedModel, ...] | None:
    """What the image holds, or None when it is not pushed yet."""
    config = known_config(call, inputs)
    if config is None:
        return None
    return tuple(ServedModel(name, tuple(versions)) for name, versions in read_models(config).items())
