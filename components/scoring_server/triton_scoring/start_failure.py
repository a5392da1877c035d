"""Why an entry script cannot be served, told so that its author can mend it: traceback first, one clear line last."""

import traceback
from pathlib import Path

_OWN_FOLDER = str(Path(__file__).parent)


class StartFailure(Exception):
    """The script as it is cannot be served."""

    def __init__(self, cause: str, trace: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.trace = trace


def because_of(error: BaseException, doing: str, script: Path) -> StartFailure:
    """`doing` says what raised: "importing it", "init()"."""
    told = traceback.TracebackException.from_exception(error)
    # The first frames are this server's and the import machinery's; where the script is not among them, all stay.
    frames = [frame for frame in told.stack if not _is_machinery(frame.filename)]
    told.stack[:] = frames
    in_script = [frame.lineno for frame in frames if frame.filename == str(script)]
    line = error.lineno if isinstance(error, SyntaxError) and error.filename == str(script) else None
    if line is None and in_script:
        line = in_script[-1]
    place = f"{script}, line {line}" if line else str(script)
    if isinstance(error, SystemExit):
        cause = f"{doing} ended the process with sys.exit({error.code!r})"
    elif isinstance(error, SyntaxError):
        cause = f"{type(error).__name__}: {error.msg}"
    else:
        cause = f"{doing} raised {type(error).__name__}: {error}".rstrip(": ")
    if isinstance(error, ModuleNotFoundError):
        cause += "; add its package to the environment of the script, or its file to the source folder"
    return StartFailure(f"{place}: {' '.join(cause.split())}", "".join(told.format()))


def _is_machinery(filename: str) -> bool:
    return filename.startswith((_OWN_FOLDER, "<frozen "))
