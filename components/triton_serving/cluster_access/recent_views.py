"""What clusters have to spare, asked once for the many services of one preview.

An update asks anew for each service: another one may have taken a GPU a moment ago.
"""

import threading
import time

from ..plan.kubernetes.capacity import ClusterView
from ..rules.problems import UserError
from .connection import Cluster
from .view import look

SECONDS = 5.0
"""For so long an answer holds. A cluster that gave none is not asked again either: each time takes ten seconds."""


class RecentViews:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[tuple[str | None, str | None], tuple[float, ClusterView | UserError]] = {}

    def of(self, kubeconfig: str | None, context: str | None) -> ClusterView:
        """As `look`, and raises UserError as it does. Who asks meanwhile waits for the same answer."""
        with self._lock:
            until, view = self._found.get((kubeconfig, context), (0.0, None))
            if view is None or time.monotonic() > until:
                view = _answer(kubeconfig, context)
                self._found[kubeconfig, context] = time.monotonic() + SECONDS, view
        if isinstance(view, UserError):
            raise view
        return view


def _answer(kubeconfig: str | None, context: str | None) -> ClusterView | UserError:
    try:
        return look(Cluster.connect(kubeconfig, context))
    except UserError as unreachable:
        return unreachable
