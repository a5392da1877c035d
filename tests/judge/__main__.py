"""Asks the real server about all cases, or those whose names contain the given words, and records the answers."""

import argparse
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path

from .corpus import CASES
from .verdicts import ask_all, record, recorded


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.judge", description=__doc__)
    parser.add_argument("only", nargs="*", help="words in the names of the cases to ask about; all when none are given")
    parser.add_argument("--changed", action="store_true", help="only cases that are new or have changed")
    options = parser.parse_args()
    known = recorded()
    asked = [
        case
        for case in CASES
        if (not options.only or any(word in case.name for word in options.only))
        and not (options.changed and case.name in known and known[case.name][0] == case.digest())
    ]
    folder = Path(tempfile.mkdtemp(prefix="judge-"))
    begun = time.monotonic()
    try:
        verdicts = ask_all(asked, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    kept = {name: verdict for name, (_, verdict) in known.items()}
    changed = {name: verdict for name, verdict in verdicts.items() if kept.get(name) != verdict}
    for name, verdict in changed.items():
        print(f"{verdict.outcome:8} {name}: {verdict.message or dict(verdict.models)}")  # noqa: T201 - a program
    record(CASES, kept | verdicts)
    outcomes = Counter(verdict.outcome for verdict in verdicts.values())
    print(f"asked about {len(asked)} in {time.monotonic() - begun:.0f} s: {dict(outcomes)}")  # noqa: T201 - as above


if __name__ == "__main__":
    main()
