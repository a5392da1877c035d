"""Every request that an example comes with gets a right answer, from the real Triton and the real scoring server."""

import io
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import urllib3
from parts.scoring_server import ScoringServer, launch
from parts.triton import Triton, running_triton
from PIL import Image
from sklearn.datasets import load_digits

ROOT = Path(__file__).parents[2]
EXAMPLES = {file.parent.name: json.loads(file.read_text("utf-8")) for file in ROOT.glob("examples/*/example.json")}


@pytest.fixture(scope="module")
def triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Triton]:
    """One server with the models of all examples."""
    folder = tmp_path_factory.mktemp("triton")
    for name, example in EXAMPLES.items():
        models = ROOT / "examples" / name / example["modelDirectory"]
        shutil.copytree(models / "triton", folder / "repository", dirs_exist_ok=True)
    with running_triton(folder, "repository") as triton:
        yield triton


@pytest.fixture(scope="module")
def serve(triton: Triton, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Starts the scoring server on an example's script, once for each."""
    with ExitStack() as stack:
        started: dict[tuple[str, str], ScoringServer] = {}

        def serve(name: str, mode: str) -> ScoringServer:
            if (name, mode) not in started:
                described, example = EXAMPLES[name]["modes"][mode], ROOT / "examples" / name
                source = tmp_path_factory.mktemp(f"{name}-{mode}")
                if "sourceDirectory" in described:
                    shutil.copytree(example / described["sourceDirectory"], source, dirs_exist_ok=True)
                else:
                    shutil.copy(example / described["entryScript"], source)
                server = stack.enter_context(
                    launch(
                        source / described["entryScript"],
                        *([f"--triton_port={triton.port}"] if mode == "scoring" else []),
                        f"--model_dir={example}",
                    )
                )
                server.wait_till_healthy()
                started[name, mode] = server
            return started[name, mode]

        yield serve


def send(name: str, mode: str, serve: Any, triton: Triton) -> urllib3.BaseHTTPResponse:
    """The request that example.json names, as the curl line of README.md sends it."""
    request = EXAMPLES[name]["modes"][mode]["request"]
    port = triton.port if mode == "direct" else serve(name, mode).port
    body = (ROOT / "examples" / name / request["file"]).read_bytes()
    url = f"http://127.0.0.1:{port}{request['path']}"
    return urllib3.request("POST", url, body=body, headers={"Content-Type": request["contentType"]}, retries=False)


def png(grey: Any, kind: str = "PNG") -> bytes:
    picture = io.BytesIO()
    Image.fromarray(grey).save(picture, kind)
    return picture.getvalue()


def test_digits_direct_tells_the_three_best_classes_by_name(serve: Any, triton: Triton) -> None:
    (output,) = json.loads(send("digits", "direct", serve, triton).data)["outputs"]
    assert output["data"] == ["0.823875:7:seven", "0.168335:9:nine", "0.003351:4:four"]


def test_digits_scoring_reads_a_picture_and_answers_in_words(serve: Any, triton: Triton) -> None:
    answer = send("digits", "scoring", serve, triton)
    assert (answer.status, answer.data) == (200, b"7 : seven")


def test_digits_script_needs_no_triton(serve: Any, triton: Triton) -> None:
    assert json.loads(send("digits", "script", serve, triton).data) == {
        "digits": [7],
        "names": ["seven"],
        "probabilities": [0.8239],
    }


def test_questions_direct_tells_where_the_answer_stands(serve: Any, triton: Triton) -> None:
    outputs = json.loads(send("questions", "direct", serve, triton).data)["outputs"]
    assert {output["name"]: output["data"] for output in outputs} == {"start_pos": [9], "end_pos": [10]}


def test_questions_scoring_answers_in_words_of_the_text(serve: Any, triton: Triton) -> None:
    assert json.loads(send("questions", "scoring", serve, triton).data) == {"answer": "Sophie Tarn"}


def test_every_mode_of_every_example_is_tried_here(request: pytest.FixtureRequest) -> None:
    tests = "\n".join(name for name in vars(request.module) if name.startswith("test_"))
    for name, example in EXAMPLES.items():
        for mode in example["modes"]:
            assert f"test_{name}_{mode}_" in tests


def test_tritons_own_client_gets_the_same_in_binary_and_in_json(triton: Triton) -> None:
    client = ROOT / "examples/digits/client.py"
    answer = subprocess.run(
        [sys.executable, client, f"http://127.0.0.1:{triton.port}"], capture_output=True, text=True, check=True
    )
    best = "0.823875:7:seven 0.168335:9:nine 0.003351:4:four"
    assert answer.stdout.splitlines()[-2:] == [f"binary: {best}", f"JSON: {best}"]


@pytest.mark.parametrize("digit", range(10))
def test_a_drawn_digit_is_read(serve: Any, digit: int) -> None:
    ink = load_digits().images[digit]  # the first ten show 0 to 9
    grey = (255 - ink * (255 / 16)).astype(np.uint8).repeat(30, axis=0).repeat(30, axis=1)
    answer = serve("digits", "scoring").request("POST", "/score", body=png(grey))
    label = (ROOT / "examples/digits/models/triton/digits/labels.txt").read_text().splitlines()[digit]
    assert answer.data.decode() == f"{digit} : {label}"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP"])
def test_a_picture_may_have_any_size_colours_and_format(serve: Any, kind: str) -> None:
    with Image.open(ROOT / "examples/digits/seven.png") as seven:
        larger = np.asarray(seven.convert("RGB").resize((350, 350)))
    answer = serve("digits", "scoring").request("POST", "/score", body=png(larger, kind))
    assert answer.data == b"7 : seven"


@pytest.mark.parametrize("body", [b"", b"no picture"], ids=["nothing", "text"])
def test_what_is_no_picture_is_the_callers_mistake(serve: Any, body: bytes) -> None:
    octets = {"Content-Type": "application/octet-stream"}
    answer = serve("digits", "scoring").request("POST", "/score", body=body, headers=octets)
    assert (answer.status, answer.data) == (400, b"the body is not a whole picture")


def test_half_a_picture_is_the_callers_mistake(serve: Any) -> None:
    whole = (ROOT / "examples/digits/seven.png").read_bytes()
    answer = serve("digits", "scoring").request("POST", "/score", body=whole[: len(whole) // 2])
    assert answer.status == 400


def test_other_methods_are_refused_as_in_azure_mls_tutorial(serve: Any) -> None:
    answer = serve("digits", "scoring").request("GET", "/score")
    assert (answer.status, answer.data) == (500, b"bad request")


def test_an_answer_is_quoted_from_the_text_as_it_stands_there(serve: Any) -> None:
    asked = {"context": "Zoé  a bâti la tour\nd'Émile en 1690.", "query": "When?"}
    assert json.loads(serve("questions", "scoring").score(asked).data)["answer"] in asked["context"]


def test_the_other_question_of_the_readme_has_the_answer_that_is_shown_there(serve: Any) -> None:
    asked = {"context": "The tower was built by Ada Stone in 1690.", "query": "When was the tower built?"}
    readme = (ROOT / "examples/questions/README.md").read_text("utf-8")
    answer = serve("questions", "scoring").score(asked).data.decode()
    assert f"'{json.dumps(asked)}'\n# {answer}\n" in readme


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"context": "text"},
        {"context": 1, "query": "?"},
        ["text", "?"],
        {"context": "", "query": "?"},
        {"context": "text", "query": " "},
    ],
    ids=["empty", "no question", "a number", "a list", "no text", "blank question"],
)
def test_what_is_no_question_is_the_callers_mistake(serve: Any, asked: Any) -> None:
    assert serve("questions", "scoring").score(asked).status == 400
