"""Prometheus's own program for rules: its parser and its evaluation, without a server."""

import json
import subprocess
from pathlib import Path
from typing import Any


def check(folder: Path, groups: list[dict[str, Any]]) -> None:
    """Whether Prometheus would take these rules. YAML is read, so JSON is."""
    _run(folder, "check", "rules.json", {"groups": groups})


def evaluate(folder: Path, groups: list[dict[str, Any]], test: dict[str, Any]) -> None:
    """One test in promtool's words: input_series, promql_expr_test, alert_rule_test."""
    (folder / "rules.json").write_text(json.dumps({"groups": groups}))
    tests = {"rule_files": ["rules.json"], "evaluation_interval": "15s", "tests": [{"interval": "15s", **test}]}
    _run(folder, "test", "test.json", tests)


def _run(folder: Path, what: str, name: str, content: dict[str, Any]) -> None:
    (folder / name).write_text(json.dumps(content))
    done = subprocess.run(
        ["promtool", what, "rules", name], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
