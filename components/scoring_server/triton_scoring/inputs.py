"""From a request to the arguments of run()."""

import io
import json
import sys
from typing import Any
from urllib.parse import parse_qsl

from .azureml import AMLRequest, AwaitableAMLRequest
from .messages import Call
from .script import HEADERS, Kind, Script

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class Refused(Exception):
    """The request is not one that this script can take."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def arguments_of(call: Call, script: Script) -> dict[str, Any]:
    """What run() is called with; raises Refused."""
    first = script.parameters[0].name
    arguments: dict[str, Any]
    match script.kind:
        case Kind.RAW:
            kind = AwaitableAMLRequest if script.awaits else AMLRequest
            arguments = {first: kind(wsgi_environment(call))}
        case Kind.TEXT if call.method == "GET":
            arguments = {first: json.dumps(_query(call))}
        case Kind.TEXT:
            arguments = {first: _text(call)}
        case Kind.SCHEMA:
            arguments = _named(_query(call) if call.method == "GET" else _object(call), script)
    if script.wants_headers:
        arguments[HEADERS] = dict(AMLRequest(wsgi_environment(call)).headers)
    return arguments


def _query(call: Call) -> dict[str, Any]:
    """?a=1&b=x&c=1&c=2 is {"a": 1, "b": "x", "c": [1, 2]}."""
    values: dict[str, list[Any]] = {}
    for name, text in parse_qsl(call.query.decode("latin-1"), keep_blank_values=True):
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        values.setdefault(name, []).append(value)
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


def _text(call: Call) -> str:
    kind = _content_type(call)
    if kind in _FORMS:
        # azmlinfsrv gave the script an empty string. curl names this type by itself for every -d.
        raise Refused(415, f"The body is a form ({kind}); send it with Content-Type: application/json.")
    _refuse_encoding(call)
    try:
        return str(call.body, "utf-8")
    except UnicodeDecodeError as error:
        raise Refused(400, f"Input cannot be decoded as UTF-8: {error}") from None


def _object(call: Call) -> dict[str, Any]:
    kind = _content_type(call)
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise Refused(415, "Expects Content-Type to be application/json")
    _refuse_encoding(call)
    if not call.body:
        raise Refused(400, "POST body is empty. Expecting a JSON dictionary.")
    try:
        value = json.loads(call.body)
    except (ValueError, RecursionError) as error:
        raise Refused(400, f"POST body could not be decoded as JSON: {error}") from None
    if not isinstance(value, dict):
        raise Refused(400, "POST body should be a JSON dictionary.")
    return value


def _named(values: dict[str, Any], script: Script) -> dict[str, Any]:
    arguments = {}
    for parameter in script.parameters:
        value = values.get(parameter.name, parameter.default)
        if value is parameter.empty:
            raise Refused(400, f"A value is not provided for the {parameter.name!r} parameter.")
        arguments[parameter.name] = value
    return arguments


def _content_type(call: Call) -> str:
    return (call.header(b"content-type") or b"").decode("latin-1").partition(";")[0].strip().lower()


def _refuse_encoding(call: Call) -> None:
    encoding = call.header(b"content-encoding")
    if encoding and encoding.strip().lower() != b"identity":
        raise Refused(415, f"The body is compressed ({encoding.decode('latin-1')}); send it as it is.")


def wsgi_environment(call: Call) -> dict[str, Any]:
    """What werkzeug and Flask make a request from. Its body can be read once, so each request needs one of its own."""
    environment: dict[str, Any] = {
        "REQUEST_METHOD": call.method,
        "SCRIPT_NAME": "",
        # WSGI has it so: the bytes of the path, each as one character.
        "PATH_INFO": call.path.encode().decode("latin-1"),
        "QUERY_STRING": call.query.decode("latin-1"),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(call.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in call.headers:
        if b"_" in name:
            continue  # it would be taken for the one with a hyphen
        key = name.decode("latin-1").upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        text = value.decode("latin-1")
        environment[key] = f"{environment[key]},{text}" if key in environment else text
    environment["CONTENT_LENGTH"] = str(len(call.body))  # whatever way the body came
    return environment
