"""Property values on the wire and in Python: plain dicts and lists, in which only unknown values are special.

Whether a value is a secret is not the resources' business: the plugin notes which properties came as secrets and sends
them back as secrets. Own and small because the conversion in `pulumi.provider.experimental` (3.272) can neither send
nor receive an unknown value and turns every integer into a float.
"""

from collections.abc import Collection
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime import rpc

# The marks of a secret have no public name in Pulumi; they are part of its wire format and do not change.
_MARK, _SECRET = rpc._special_sig_key, rpc._special_secret_sig

Properties = dict[str, Any]


class _Unknown:
    def __repr__(self) -> str:
        return "<unknown until deployed>"


UNKNOWN = _Unknown()
"""Stands for a value that is only known after something else was deployed; appears in previews only."""


def has_unknown(value: Any) -> bool:
    if isinstance(value, dict):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    return value is UNKNOWN


def decode(struct: struct_pb2.Struct) -> Properties:
    """Nulls are left out: to a resource, a property set to null is one that was not set."""
    decoded = {key: _decode(value) for key, value in struct.fields.items()}
    return {key: value for key, value in decoded.items() if value is not None}


def secrets_in(*structs: struct_pb2.Struct) -> set[str]:
    """The properties that hold a secret somewhere inside."""
    return {key for struct in structs for key, value in struct.fields.items() if _holds_secret(value)}


def encode(properties: Properties, secrets: Collection[str] = ()) -> struct_pb2.Struct:
    """Sends the named properties as secrets, which the engine encrypts in the state and hides in every output."""
    return struct_pb2.Struct(
        fields={
            key: _secret(_encode(value)) if key in secrets else _encode(value)
            for key, value in properties.items()
            if value is not None
        }
    )


def _is_secret(value: struct_pb2.Value) -> bool:
    sig: str = value.struct_value.fields[_MARK].string_value
    return sig == _SECRET


def _holds_secret(value: struct_pb2.Value) -> bool:
    match value.WhichOneof("kind"):
        case "list_value":
            return any(map(_holds_secret, value.list_value.values))
        case "struct_value":
            fields = value.struct_value.fields
            return (_MARK in fields and _is_secret(value)) or any(map(_holds_secret, fields.values()))
    return False


def _secret(value: struct_pb2.Value) -> struct_pb2.Value:
    sig = struct_pb2.Value(string_value=_SECRET)
    return struct_pb2.Value(struct_value=struct_pb2.Struct(fields={_MARK: sig, "value": value}))


def _decode(value: struct_pb2.Value) -> Any:
    match value.WhichOneof("kind"):
        case "string_value":
            return UNKNOWN if value.string_value == rpc.UNKNOWN else value.string_value
        case "number_value":
            return int(value.number_value) if value.number_value.is_integer() else value.number_value
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [_decode(item) for item in value.list_value.values]
        case "struct_value":
            if _MARK not in value.struct_value.fields:
                return decode(value.struct_value)
            if _is_secret(value):
                return _decode(value.struct_value.fields["value"])
            raise ValueError("assets, archives and resource references are not taken by any resource of this plugin")
    return None


def _encode(value: Any) -> struct_pb2.Value:
    match value:
        case _Unknown():
            return struct_pb2.Value(string_value=rpc.UNKNOWN)
        case bool():
            return struct_pb2.Value(bool_value=value)
        case str():
            return struct_pb2.Value(string_value=value)
        case int() | float():
            return struct_pb2.Value(number_value=value)
        case dict():
            return struct_pb2.Value(struct_value=encode(value))
        case list() | tuple():
            items = [_encode(item) for item in value]
            return struct_pb2.Value(list_value=struct_pb2.ListValue(values=items))
    raise TypeError(f"cannot send a {type(value).__name__} to the engine")
