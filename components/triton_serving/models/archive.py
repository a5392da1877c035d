"""Tar entries that depend on a file's path, size and bytes alone: the same files give the same archive everywhere.

Written out here rather than taken from `tarfile`, because its headers have changed between Python releases (device
numbers, for one) and a digest must not change with the interpreter.
"""

BLOCK = 512
END = bytes(2 * BLOCK)
"""Two empty blocks close an archive."""

_OCTAL_LIMIT = 8**11
_EXECUTABLE_NAMES = {"triton_python_backend_stub"}
"""Triton starts this one. The mode follows the name: filesystems that keep no modes must give the same digest."""


def file_mode(path: str) -> int:
    return 0o755 if path.rpartition("/")[2] in _EXECUTABLE_NAMES else 0o644


def file_header(path: str, size: int, mode: int | None = None) -> bytes:
    return _header(path, file_mode(path) if mode is None else mode, size, b"0")


def link_header(path: str, target: str) -> bytes:
    """A symbolic link. The target is written by us, so it is short and plain."""
    return _header(path, 0o777, 0, b"2", target.encode("ascii"))


def directory_header(path: str) -> bytes:
    return _header(path + "/", 0o755, 0, b"5")


def padding(size: int) -> bytes:
    """What fills a file's last block."""
    return bytes(-size % BLOCK)


def _header(path: str, mode: int, size: int, kind: bytes, target: bytes = b"") -> bytes:
    name = path.encode()
    records = b""
    if len(name) > 100 or not path.isascii():
        records += _pax_record(b"path", name)
        name = path.encode("ascii", "replace")[:100]
    if size >= _OCTAL_LIMIT:
        records += _pax_record(b"size", b"%d" % size)
        size = 0
    extended = b""
    if records:
        extended = _block(b"././@PaxHeader", 0o644, len(records), b"x") + records + padding(len(records))
    return extended + _block(name, mode, size, kind, target)


def _pax_record(key: bytes, value: bytes) -> bytes:
    """`<length> <key>=<value>\\n`, where the length counts its own digits."""
    body = b" %s=%s\n" % (key, value)
    length = len(body)
    while len(body) + len(b"%d" % length) != length:
        length = len(body) + len(b"%d" % length)
    return b"%d%s" % (length, body)


def _block(name: bytes, mode: int, size: int, kind: bytes, target: bytes = b"") -> bytes:
    zero = b"0000000\0"
    fields = b"".join(
        (
            name.ljust(100, b"\0"),
            b"%07o\0" % mode,
            zero * 2,  # owner and group: root
            b"%011o\0" % size,
            b"%011o\0" % 0,  # time of change
            b" " * 8,  # the checksum counts itself as blanks
            kind,
            target.ljust(100, b"\0"),
            b"ustar\x0000",
            bytes(64),  # names of owner and group
            zero * 2,  # device numbers
            bytes(167),  # prefix and rest of the block
        )
    )
    return fields[:148] + b"%06o\0 " % sum(fields) + fields[156:]
