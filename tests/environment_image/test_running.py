"""Images of environments with real packages, on a real Python: what a pod would run."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3
from parts.base_images import push_base
from parts.docker_registry import DockerRegistry, free_port
from parts.environment_images import Images
from parts.unpacked import running, unpack

SCRIPT = """
import json
import os
import sys

import nltk
import numpy
import tritonclient.http
from azureml.contrib.services.aml_request import rawhttp
from nltk.stem import SnowballStemmer
from nltk.tokenize import RegexpTokenizer


def init():
    global stem
    stem = SnowballStemmer("english").stem


def run(data):
    try:
        open("/written", "w")
        writes = True
    except OSError:
        writes = False
    words = RegexpTokenizer(r"\\w+").tokenize(json.loads(data)["text"])
    return {
        "stems": [stem(word) for word in words],
        "sum": float(numpy.arange(4).sum()),
        "user": [os.getuid(), os.getgid()],
        "writes": writes,
        "python": sys.prefix,
        "version": nltk.__version__,
    }
"""
DEADLINE = 60.0


@pytest.fixture
def real(registry: DockerRegistry, own_environments: Path) -> Iterator[Images]:
    return Images(registry, push_base(registry.host), own_environments)


@pytest.mark.skipif(os.getuid() != 0, reason="mounting a root that cannot be written needs root")
def test_an_entry_script_answers_from_the_image_as_nobody_on_a_root_that_cannot_be_written(
    real: Images, tmp_path: Path
) -> None:
    conda = tmp_path / "conda_dependencies.yml"
    conda.write_text("channels: [conda-forge]\ndependencies:\n- python=3.11\n- pip:\n  - nltk==3.10.4\n")
    state = real.up(condaFile=str(conda), pythonVersion=None)
    root = tmp_path / "root"
    settings = unpack(state["imageRef"], root)
    (root / "script").mkdir()
    (root / "script" / "score.py").write_text(SCRIPT)
    port, log = free_port(), tmp_path / "log"
    command = [*settings["Entrypoint"], "--entry_script=/script/score.py", f"--port={port}", "--worker_count=2"]
    http = urllib3.HTTPConnectionPool("127.0.0.1", port, retries=False, timeout=10)
    with running(root, settings, command, {"AML_APP_ROOT": "/script", "HOME": "/tmp"}, log) as process:
        end = time.monotonic() + DEADLINE
        while not _is_healthy(http):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.05)
        answer = http.request("POST", "/score", body=json.dumps({"text": "running foxes"}), timeout=DEADLINE)
    assert answer.status == 200, log.read_text()
    assert answer.json() == {
        "stems": ["run", "fox"],
        "sum": 6.0,
        "user": [65532, 65532],
        "writes": False,
        "python": "/opt/environment",
        "version": "3.10.4",
    }


def _is_healthy(http: urllib3.HTTPConnectionPool) -> bool:
    try:
        return http.request("GET", "/").status == 200
    except urllib3.exceptions.HTTPError:
        return False
