"""What the script logs appears: the root logger writes to stdout from INFO on, until the script configures it itself.

azmlinfsrv configured the root logger first and so made a script's own `logging.basicConfig` a call without effect, and
its `logging.info` lines were lost. Here the script's configuration takes the place of ours.
"""

import logging
import os
import sys
from typing import Any


def configure() -> None:
    ours = logging.StreamHandler(sys.stdout)
    ours.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(ours)
    level = os.environ.get("AZUREML_LOG_LEVEL", "INFO").upper()
    root.setLevel(level if level in logging.getLevelNamesMapping() else logging.INFO)
    original = logging.basicConfig

    def basic_config(**settings: Any) -> None:
        if root.handlers == [ours]:
            root.removeHandler(ours)
        original(**settings)

    logging.basicConfig = basic_config
