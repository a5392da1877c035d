"""How the plugin learns that nobody is left to ask it anything.

The engine ends its plugins by interrupting the language host that started them, and counts on the host to end them in
turn. A host that dies of the interruption first, or is killed along with the engine, leaves them running for good.
"""

import asyncio
import os

SECONDS_BETWEEN_LOOKS = 1.0


async def left_alone(engine: str) -> None:
    """Returns once the process that started this one is gone and nobody listens at the engine's address.

    Not for the first alone: a script may start the plugin and leave, or a host crash, while the engine goes on asking.
    The kernel could tell of the parent's death (PR_SET_PDEATHSIG), but means the thread, and Go's threads come and go.
    """
    parent = os.getppid()
    while os.getppid() == parent or await _listens(engine):
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)


async def _listens(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        _, line = await asyncio.open_connection(host, port)
    except ConnectionRefusedError:
        return False
    except OSError:  # says nothing about the other side: no more files or ports on ours, for example
        return True
    line.close()
    return True
