"""The questions example keeps what its README promises, and is a model directory that Triton can load."""

import json
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from google.protobuf import text_format
from triton_serving.models.check import check_directory
from tritonclient.grpc import model_config_pb2

EXAMPLE = Path(__file__).parents[2] / "examples/questions"
MODEL = EXAMPLE / "models/triton/questions"
ONNX_TYPES = {"tensor(string)": model_config_pb2.TYPE_STRING, "tensor(int32)": model_config_pb2.TYPE_INT32}


@pytest.fixture(scope="module")
def train() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLE)
        for name in ("train", "samples"):  # another example has modules of these names
            patch.delitem(sys.modules, name, raising=False)
        yield import_module("train")
        for name in ("train", "samples"):
            del sys.modules[name]


@pytest.fixture(scope="module")
def session() -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(MODEL / "1/model.onnx", providers=["CPUExecutionProvider"])


def run_check(train: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["train.py", "--check"])
    train.main()


def test_the_committed_model_is_as_accurate_as_the_readme_says(
    train: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_check(train, monkeypatch)
    assert train.accuracy(train.MODEL) >= train.claimed_accuracy() - 0.05 > 70
    assert f"{train.claimed_accuracy()} % of the held-out questions are answered exactly" in capsys.readouterr().out


def test_a_readme_that_promises_more_than_the_model_keeps_fails_the_check(
    train: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    boast = tmp_path / "README.md"
    boast.write_text("**99.9 %**", encoding="utf-8")
    monkeypatch.setattr(train, "README", boast)
    with pytest.raises(SystemExit, match=r"worse than README\.md says"):
        run_check(train, monkeypatch)


def test_no_text_that_the_model_is_measured_on_is_learnt_from(train: Any) -> None:
    learn, held_out = train.split()
    assert (len(learn), len(held_out)) == (240, 80)
    assert not {question.context for question in learn} & {question.context for question in held_out}


def test_every_answer_stands_in_its_text_once(train: Any) -> None:
    for question in [question for part in train.split() for question in part]:
        first, last = question.positions()
        places = train.spans(question.context)
        assert question.context[places[first][0] : places[last][1]] == question.answer
        words = [question.context[begin:end] for begin, end in places]
        span = words[first : last + 1]
        assert [words[at : at + len(span)] for at in range(len(words))].count(span) == 1, question


@pytest.fixture(scope="module")
def again(train: Any) -> bytes:
    """The model, trained again."""
    learn, _ = train.split()
    return bytes(train.train(learn))


def test_training_again_makes_a_model_as_good_and_twice_the_same_bytes(
    train: Any, again: bytes, tmp_path: Path
) -> None:
    model = tmp_path / "model.onnx"
    model.write_bytes(again)
    # Another processor may add in another order and learn a slightly different model: five questions of 80 are room.
    assert train.accuracy(model) >= train.claimed_accuracy() - 6.3
    learn, _ = train.split()
    assert train.train(learn) == again


def test_the_committed_model_was_made_of_the_graph_and_the_texts_that_are_here(again: bytes) -> None:
    assert list(onnx.load(MODEL / "1/model.onnx").graph.node) == list(onnx.load_from_string(again).graph.node)


def test_the_requests_are_what_training_writes(train: Any, tmp_path: Path) -> None:
    asked = json.loads((EXAMPLE / "question.json").read_text(encoding="utf-8"))
    train.write_samples(tmp_path, **asked)
    assert (tmp_path / "request.json").read_bytes() == (EXAMPLE / "request.json").read_bytes()
    assert (tmp_path / "question.json").read_bytes() == (EXAMPLE / "question.json").read_bytes()
    _, held_out = train.split()
    assert (asked["context"], asked["query"]) in {(question.context, question.query) for question in held_out}


def test_the_answers_that_the_readme_shows_are_the_models(train: Any) -> None:
    asked = json.loads((EXAMPLE / "question.json").read_text(encoding="utf-8"))
    readme = train.README.read_text(encoding="utf-8")
    of_text = [question for question in train.split()[1] if question.context == asked["context"]]
    for question, answer in zip(of_text, train.answer(train.MODEL, of_text), strict=True):
        assert f"| {question.query} | {answer} |" in readme


@pytest.mark.parametrize(("words", "question"), [(1, 1), (1, 9), (700, 1)], ids=["least", "short text", "long text"])
def test_any_text_and_question_have_an_answer_of_at_most_eight_words(
    session: onnxruntime.InferenceSession, words: int, question: int
) -> None:
    def column(length: int) -> Any:
        return np.full((length, 1), "", dtype=np.object_)

    given = {"context_word": column(words), "context_stem": column(words), "query_stem": column(question)}
    (first,), (last,) = session.run(["start_pos", "end_pos"], given)
    assert 0 <= first <= last < words
    assert last - first < 8


def test_words_are_cut_alike_whatever_the_language_and_the_spacing(train: Any) -> None:
    text = "Zoé's café  opens at 9:30,\n and costs 1,200.50 crowns."
    words = [text[begin:end] for begin, end in train.spans(text)]
    assert words == ["Zoé", "'", "s", "café", "opens", "at", "9:30", ",", "and", "costs", "1,200.50", "crowns", "."]
    assert train.stems("Opened opens open") == ["open", "open", "open"]


def test_config_and_model_file_agree_on_tensors(session: onnxruntime.InferenceSession) -> None:
    text = (MODEL / "config.pbtxt").read_text(encoding="utf-8")
    config = text_format.Parse(text, model_config_pb2.ModelConfig())
    for told, found in ((config.input, session.get_inputs()), (config.output, session.get_outputs())):
        assert [tensor.name for tensor in told] == [tensor.name for tensor in found]
        for tensor, in_file in zip(told, found, strict=True):
            assert list(tensor.dims) == [size if isinstance(size, int) else -1 for size in in_file.shape]
            assert tensor.data_type == ONNX_TYPES[in_file.type]
    assert config.max_batch_size == 0


def test_the_model_is_small_enough_for_a_repository() -> None:
    assert (MODEL / "1/model.onnx").stat().st_size < 500_000


def test_the_model_directory_is_accepted_for_registration() -> None:
    check = check_directory(EXAMPLE / "models")
    assert check.problems == ()
    assert [(model.name, model.served) for model in check.models] == [("questions", (1,))]
    assert {file.path for file in check.tree.files} == {
        "models/triton/questions/1/model.onnx",
        "models/triton/questions/config.pbtxt",
    }
