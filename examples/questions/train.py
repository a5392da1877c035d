"""Trains the questions model and writes what Triton serves; README.md tells more.

python train.py           trains, writes models/triton/questions/1/model.onnx and the requests of README.md,
                          tells the share of right answers
python train.py --check   measures the model that is there, changes nothing; fails when README.md claims more
"""

import argparse
import re
import sys
import warnings
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime
from network import Vocabulary, answer_graph, rows_graph
from samples import write_samples
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from src.words import spans, stems, tensors
from threadpoolctl import threadpool_limits

HERE = Path(__file__).parent
GUIDE = HERE / "guide.txt"
MODEL = HERE / "models/triton/questions/1/model.onnx"
README = HERE / "README.md"

SEED = 0


class Question(NamedTuple):
    context: str
    query: str
    answer: str

    def positions(self) -> tuple[int, int]:
        """Of the answer's first and last word in the text."""
        begin = re.search(rf"\b{re.escape(self.answer)}\b", self.context)
        if begin is None:
            sys.exit(f"{GUIDE.name}: the text has no {self.answer!r}, the answer to {self.query!r}")
        begins, ends = zip(*spans(self.context), strict=True)
        return begins.index(begin.start()), ends.index(begin.end())


def split() -> tuple[list[Question], list[Question]]:
    """What the model learns from, and the questions on each fourth text, which it never sees before it is measured."""
    texts = []
    for block in GUIDE.read_text(encoding="utf-8").strip().split("\n\n"):
        context, *lines = block.split("\n")
        texts.append([Question(context, *line.split(" | ")) for line in lines])
    learn = [question for at, text in enumerate(texts) if at % 4 != 3 for question in text]
    return learn, [question for text in texts[3::4] for question in text]


def train(questions: list[Question]) -> bytes:
    """The ONNX file of a model from words to the positions of the answer."""
    vocabulary = learn_vocabulary(questions)
    look = onnxruntime.InferenceSession(rows_graph(vocabulary).SerializeToString(), providers=["CPUExecutionProvider"])
    rows, targets = [], []
    for question in questions:
        (looked,) = look.run(["rows"], tensors(question.context, question.query))
        first, last = question.positions()
        at = np.arange(len(looked))
        rows.append(looked)
        targets.append(np.stack([at == first, at == last, (first <= at) & (at <= last)], axis=1))

    # In cross-validation of what it learns from, 64 units were worse than 128, and 200 rounds no better than 100.
    model = MLPClassifier(hidden_layer_sizes=(128,), alpha=0.3, max_iter=100, tol=0, random_state=SEED)
    with (
        threadpool_limits(1),  # so that the number of cores does not decide in which order numbers are added
        warnings.catch_warnings(action="ignore", category=ConvergenceWarning),
    ):
        model.fit(np.concatenate(rows), np.concatenate(targets))
    layers = {
        f"{kind}_{number}": layer.astype(np.float32)
        for kind, both in (("weights", model.coefs_), ("biases", model.intercepts_))
        for number, layer in enumerate(both, 1)
    }
    return bytes(answer_graph(vocabulary, layers).SerializeToString())


def learn_vocabulary(questions: list[Question]) -> Vocabulary:
    texts = list(dict.fromkeys(question.context for question in questions))
    in_texts = Counter(stem for text in texts for stem in set(stems(text)))
    in_queries = Counter(stem for question in questions for stem in set(stems(question.query)))
    return Vocabulary(
        known=sorted(stem for stem, count in in_texts.items() if count >= 3),
        asks=sorted(stem for stem, count in in_queries.items() if count >= 2),
        weights={stem: 1 / count for stem, count in sorted(in_texts.items()) if count > 1},
    )


def answer(model: Path, questions: Iterable[Question]) -> list[str]:
    """The model's answers as ONNX Runtime finds them, the engine that Triton has inside."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    answers = []
    for context, query, _ in questions:
        (first,), (last,) = session.run(["start_pos", "end_pos"], tensors(context, query))
        places = spans(context)
        answers.append(context[places[first][0] : places[last][1]])
    return answers


def accuracy(model: Path) -> float:
    """The share of held-out questions, in percent, that are answered in exactly the right words."""
    _, held_out = split()
    return 100 * float(
        np.mean([given == asked.answer for given, asked in zip(answer(model, held_out), held_out, strict=True)])
    )


def claimed_accuracy() -> float:
    """The percentage that README.md tells its readers."""
    claim = re.search(r"\*\*(\d+\.\d) %\*\*", README.read_text(encoding="utf-8"))
    if claim is None:
        sys.exit(f"{README.name} names no accuracy; write it as **80.0 %**")
    return float(claim[1])


def main() -> None:
    parser = argparse.ArgumentParser(description="Trains the questions model, or checks the one that is there.")
    parser.add_argument("--check", action="store_true", help="measure the model that is there; change nothing")
    if not parser.parse_args().check:
        learn, held_out = split()
        MODEL.write_bytes(train(learn))
        write_samples(HERE, *next((context, query) for context, query, answer in held_out if answer == "Sophie Tarn"))

    measured, claimed = accuracy(MODEL), claimed_accuracy()
    print(f"{measured:.1f} % of the held-out questions are answered exactly; README.md says {claimed:.1f} %")
    if round(measured, 1) < claimed:
        sys.exit("the model is worse than README.md says: train it again, or correct README.md")


if __name__ == "__main__":
    main()
