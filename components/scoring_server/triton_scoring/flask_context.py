"""What scripts that use Flask expect around run(): `request`, `jsonify` and the rest work only inside of a request.

azmlinfsrv is a Flask application, so they worked in every script. Flask is not needed here; where a script, or one of
its packages, has imported it, each run() has a request of an application that is made for this alone.
"""

import sys
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

from .inputs import wsgi_environment
from .messages import Call
from .script import MODULE


def flask_context(call: Call) -> AbstractContextManager[Any]:
    if "flask" not in sys.modules:
        return nullcontext()
    context: AbstractContextManager[Any] = _application().request_context(wsgi_environment(call))
    return context


@cache
def _application() -> Any:
    return sys.modules["flask"].Flask(MODULE)
