"""What the machine must have before anything is started."""

import resource

from ...rules.problems import UserError

NEEDED_FILES = 1024
"""Open files of one process: every connection through the gateway is two."""
_ENOUGH_FILES = 65_536


def raise_file_limit() -> None:
    """Up to what the user may have, but no further than is of use: some programs close every number there could be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _ENOUGH_FILES if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def check_machine() -> None:
    """Raises `UserError` with figures and the way out."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit != resource.RLIM_INFINITY and limit < NEEDED_FILES:
        raise UserError(
            f"a process of this user may open {limit} files, and the service needs {NEEDED_FILES}; "
            "raise the hard limit (ulimit -Hn, or nofile in /etc/security/limits.conf) and run the same command again"
        )
