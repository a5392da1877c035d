"""What the supervisor is asked to run: plain data, written as `deployment.json` into the folder of a service.

    services/<id>/          the service's folder, mode 0700; every process of it runs here
      lock                  held by who changes the service
      supervisor.json       process id and start time of the keeper
      supervisor.code       digest of the code that the supervisor was started with
      keeper.json           how the keeper of another version is started; for the moment in which this one becomes it
      control.sock          where the supervisor takes questions
      deployment.json       what serves, and in which processes; written by the supervisor when it has moved over
      next.json             what is to serve
      triton-<version>      link to the installed server
      models/<digest>/      one model version: `model` is AZUREML_MODEL_DIR, `repository` Triton's view of it
      sources/<digest>/     one copy of the entry script's folder
      temporary/<unit>/     temporary files of one process
      gateway/<number>/     files and admin socket of one Envoy, which has one number for each port and program
      logs/                 supervisor.log gateway.log triton.log scoring.log, each with older parts .1 and .2

Files that hold the keys, as deployment.json and Envoy's routes do, have mode 0600.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from ..plan.processes import ScoringPlaces, TritonPlaces
from ..plan.service import Keys, Mode, Script, ServedModel, ServicePlan


@dataclass(frozen=True)
class Deployment:
    plan: ServicePlan
    port: int
    """Where the gateway listens; never 0 here."""
    gateway: str
    """Envoy's program, absolute."""
    triton: TritonPlaces | None
    scoring: ScoringPlaces | None
    startup_seconds: float
    """In which Triton, and then the scoring server, must have become ready."""
    keys: Keys | None = field(default=None, repr=False)

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> Self:
        given: Mapping[str, Any] = json.loads(text)
        plan = given["plan"]
        return cls(
            plan=ServicePlan(
                name=plan["name"],
                mode=Mode(plan["mode"]),
                models=tuple(ServedModel(one["name"], tuple(one["versions"])) for one in plan["models"]),
                script=Script(**plan["script"]) if plan["script"] else None,
                auth_enabled=plan["auth_enabled"],
            ),
            port=given["port"],
            gateway=given["gateway"],
            triton=TritonPlaces(**given["triton"]) if given["triton"] else None,
            scoring=ScoringPlaces(**given["scoring"]) if given["scoring"] else None,
            startup_seconds=given["startup_seconds"],
            keys=Keys(**given["keys"]) if given["keys"] else None,
        )
