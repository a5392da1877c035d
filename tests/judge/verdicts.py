"""What the real server says about a model repository, asked afresh or as it was recorded.

A start of the server costs about 0.9 s of processor time when a model is served and 0.02 s when it is refused; a hang
costs 5 s of waiting. All cases together take four to six minutes on two cores, so the answers are recorded in
`verdicts.json` together with a digest of each case. The tests compare the checker with all of them, and ask the server
again about every case that is new or changed and about a fixed sample of the others. `make judge` asks about all and
records.
"""

import json
import re
import urllib.request
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from triton_serving.local_runtime.installation import RELEASE, Installation, install
from triton_serving.models.work import Work

from .corpus.case import Case
from .triton import Server, start

RECORDED = Path(__file__).with_name("verdicts.json")
AT_ONCE = 6
"""Servers at a time: two for two cores, and the rest for hangs, which only wait."""


@dataclass(frozen=True)
class Verdict:
    outcome: str
    """served, refused (the server exits or offers nothing), hung, or died (of a signal)."""
    models: Mapping[str, list[int]] = field(default_factory=dict)
    """Versions that are served, by model."""
    message: str = ""
    """The server's last error."""


def ask(case: Case, installation: Installation, folder: Path) -> Verdict:
    repository = folder / "models"
    case.write(repository)
    with start(installation, repository, folder / "scratch") as server:
        outcome = server.settle()
        if outcome == "ready":
            models = _index(server)
            return Verdict("served", models) if models else Verdict("refused", message="ready with no model")
        if outcome == "exited" and server.process.wait() not in range(128) and not _was_leaving(server):
            outcome = "died"
        message = _last_error(server.log.read_text(errors="replace"), repository)
        return Verdict("refused" if outcome == "exited" else outcome, message=message)


def _was_leaving(server: Server) -> bool:
    """Once in a thousand starts a server that has refused a model crashes while it ends; that is still a refusal."""
    return b"unloading models" in server.log.read_bytes()


def _index(server: Server) -> dict[str, list[int]]:
    address = f"http://127.0.0.1:{server.port}/v2/repository/index"
    with urllib.request.urlopen(urllib.request.Request(address, method="POST"), timeout=30) as answer:
        listed: list[dict[str, Any]] = json.load(answer)
    ready = sorted((entry["name"], int(entry["version"])) for entry in listed if entry.get("state") == "READY")
    return {name: [version for owner, version in ready if owner == name] for name, _ in ready}


_ERROR = re.compile(r"(?:E\d{4} \S+ +\d+ |\[libprotobuf ERROR )?\S+?:\d+\] +\"?(?P<text>.*?)\"?")
_SAYS_NOTHING = ("CudaDriverHelper", "failed to load all models", "failed to read text proto")


def _last_error(log: str, repository: Path) -> str:
    """Triton's own words, without what every failure has in common."""
    errors = [
        line for line in log.splitlines() if re.match(r"E\d{4} |\[libprotobuf ERROR|error:|terminate|  what", line)
    ]
    told = [line for line in errors if not any(phrase in line for phrase in _SAYS_NOTHING)] or [""]
    text = found["text"] if (found := _ERROR.fullmatch(told[-1])) else told[-1]
    text = re.sub(r"/[^ ']*(?=/backends/)", "<server>", text)  # the record holds no path of one machine
    return text.replace(str(repository), "<repository>")[:400]


def ask_all(cases: Iterable[Case], folder: Path) -> dict[str, Verdict]:
    """Asks about many, hangs among them, several servers at a time."""
    installation = install(Work())
    cases = list(cases)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = pool.map(lambda numbered: ask(numbered[1], installation, folder / str(numbered[0])), enumerate(cases))
        return {case.name: verdict for case, verdict in zip(cases, answers, strict=True)}


def recorded() -> dict[str, tuple[str, Verdict]]:
    """Digest of the case and the server's verdict, by the case's name."""
    content = json.loads(RECORDED.read_text())["verdicts"] if RECORDED.exists() else {}
    return {name: (entry.pop("case"), Verdict(**entry)) for name, entry in content.items()}


def record(cases: Iterable[Case], verdicts: Mapping[str, Verdict]) -> None:
    entries = {
        case.name: {"case": case.digest()} | {key: value for key, value in asdict(verdicts[case.name]).items() if value}
        for case in cases
        if case.name in verdicts
    }
    content = {"release": RELEASE, "asked": date.today().isoformat(), "verdicts": dict(sorted(entries.items()))}
    RECORDED.write_text(json.dumps(content, indent=1, ensure_ascii=True) + "\n")
