"""Which code a supervisor runs: it outlives upgrades of the package, and must not be asked in words it never heard."""

import hashlib
from pathlib import Path

CODE = Path("supervisor.code")
"""In the folder of the service: the digest of what its supervisor was started with."""
_ROOMS = ("local_runtime", "plan", "rules")


def is_other_code() -> bool:
    """Whether the supervisor before this one, in the folder of the service, ran other code."""
    return not CODE.exists() or CODE.read_text() != digest_of_code()


def digest_of_code() -> str:
    """Of every module that a supervisor may load."""
    package = Path(__file__).parents[2]
    digest = hashlib.sha256()
    for room in _ROOMS:
        for file in sorted((package / room).rglob("*.py")):
            digest.update(f"{file.relative_to(package)}\n".encode() + file.read_bytes())
    return digest.hexdigest()
