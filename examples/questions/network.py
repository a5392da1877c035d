"""The model as an ONNX graph: words in, positions of the answer out.

Each word of the text becomes a row of numbers: what it and its neighbours are, which of them the question names, and
what is asked. A network with one hidden layer tells from a row whether the answer begins at this word, ends at it,
contains it; the answer is the span of words that this fits best. Clients send words and repeat none of it; training
runs the same graph up to `rows`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from string import Template

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, checker, numpy_helper, parser

NEIGHBOURS = 3  # on each side
LONGEST = 8  # words in an answer

ROWS = r"""
    flat = Constant <value_ints = [-1]> ()
    zero = Constant <value_int = 0> ()
    one = Constant <value_int = 1> ()
    first = Constant <value_ints = [0]> ()
    second = Constant <value_ints = [1]> ()
    off_on = Constant <value_floats = [0.0, 1.0]> ()
    words = Reshape (context_word, flat)
    stems = Reshape (context_stem, flat)
    asked = Reshape (query_stem, flat)
    n = Size (words)
    position = Range (zero, n, one)
    down = Unsqueeze (position, second)
    across = Unsqueeze (position, first)

    # What a word is: one of those known by heart, a name, a number, a year.
    known_at = ai.onnx.ml.LabelEncoder <keys_strings = [$known], values_int64s = [$known_at], default_int64 = 0> (stems)
    known_size = Constant <value_int = $known_size> ()
    known = OneHot (known_at, known_size, off_on)
    is_name = RegexFullMatch <pattern = "\\p{Lu}.*"> (context_word)
    is_number = RegexFullMatch <pattern = "\\d.*"> (context_word)
    is_year = RegexFullMatch <pattern = "\\d{4}"> (context_word)
    name = Cast <to = 1> (is_name)
    number = Cast <to = 1> (is_number)
    year = Cast <to = 1> (is_year)

    # Whether the question has it, too; a rare word says more than a frequent one.
    weight = ai.onnx.ml.LabelEncoder <keys_strings = [$weighed], values_floats = [$weights], default_float = 1.> (asked)
    asked_across = Unsqueeze (asked, first)
    is_same = Equal (context_stem, asked_across)
    same = Cast <to = 1> (is_same)
    same_weighed = Mul (same, weight)
    named = ReduceMax <keepdims = 1> (same_weighed, second)

    # How much of the question stands near it, and in its sentence.
    apart = Sub (down, across)
    apart_by = Abs (apart)
    distance = Cast <to = 1> (apart_by)
    scale = Constant <value_float = -3.0> ()
    scaled = Div (distance, scale)
    fading = Exp (scaled)
    near = MatMul (fading, named)
    stop = Constant <value_string = "."> ()
    is_stop = Equal (words, stop)
    stops = Cast <to = 1> (is_stop)
    sentence = CumSum <exclusive = 1> (stops, zero)
    sentence_down = Unsqueeze (sentence, second)
    sentence_across = Unsqueeze (sentence, first)
    is_together = Equal (sentence_down, sentence_across)
    together = Cast <to = 1> (is_together)
    count_there = MatMul (together, same)
    is_there = Cast <to = 9> (count_there)
    there = Cast <to = 1> (is_there)
    weight_down = Unsqueeze (weight, second)
    weight_there = MatMul (there, weight_down)
    weight_all = ReduceSum <keepdims = 0> (weight)
    covered = Div (weight_there, weight_all)

    # The same of its neighbours.
    word = Concat <axis = 1> (known, name, number, year, named)
    margin = Constant <value_ints = [$neighbours, 0, $neighbours, 0]> ()
    padded = Pad (word, margin)
    window = Constant <value_int = $window> ()
    window_range = Range (zero, window, one)
    at = Add (down, window_range)
    gathered = Gather (padded, at)
    row_by_row = Constant <value_ints = [0, -1]> ()
    around = Reshape (gathered, row_by_row)

    # What is asked; the same for each word.
    asks_at = ai.onnx.ml.LabelEncoder <keys_strings = [$asks], values_int64s = [$asks_at], default_int64 = 0> (asked)
    asks_size = Constant <value_int = $asks_size> ()
    asks_each = OneHot (asks_at, asks_size, off_on)
    asks = ReduceMax <keepdims = 1> (asks_each, first)
    n_rows = Shape <start = 0, end = 1> (context_word)
    n_by_one = Concat <axis = 0> (n_rows, second)
    asks_always = Expand (asks, n_by_one)

    rows = Concat <axis = 1> (around, near, covered, asks_always)
"""

ANSWER = """
    hidden_sum = Gemm (rows, weights_1, biases_1)
    hidden = Relu (hidden_sum)
    fits = Gemm (hidden, weights_2, biases_2)
    begins, ends, within = Split <axis = 1, num_outputs = 3> (fits)

    # A span's score: that it begins there, that it ends there, and the sum of what lies within.
    within_up_to = CumSum (within, zero)
    within_before = Sub (within_up_to, within)
    from_here = Sub (begins, within_before)
    to_here = Add (ends, within_up_to)
    to_here_across = Transpose (to_here)
    span = Add (from_here, to_here_across)
    further = Sub (across, down)
    longest = Constant <value_int = $longest> ()
    is_forward = GreaterOrEqual (further, zero)
    is_short = Less (further, longest)
    is_possible = And (is_forward, is_short)
    never = Constant <value_float = -1e30> ()
    possible = Where (is_possible, span, never)
    in_a_row = Reshape (possible, flat)
    best = ArgMax (in_a_row)
    start = Div (best, n)
    end = Mod (best, n)
    start_pos = Cast <to = 6> (start)
    end_pos = Cast <to = 6> (end)
"""


@dataclass(frozen=True)
class Vocabulary:
    """What the model knows of words before it is trained."""

    known: Sequence[str]
    """Stems in texts that have a number of their own."""
    asks: Sequence[str]
    """The same of questions."""
    weights: Mapping[str, float]
    """How much it says that question and text share a stem; 1 for any other."""


def rows_graph(vocabulary: Vocabulary) -> ModelProto:
    """From words to `rows` [n, columns], what the network is trained on."""
    return _graph(ROWS, "float[n, columns] rows", vocabulary)


def answer_graph(vocabulary: Vocabulary, layers: Mapping[str, NDArray[np.float32]]) -> ModelProto:
    """From words to the positions of the answer's first and last word."""
    model = _graph(ROWS + ANSWER, "int32[1] start_pos, int32[1] end_pos", vocabulary)
    model.graph.initializer.extend(numpy_helper.from_array(layer, name) for name, layer in layers.items())
    checker.check_model(model, full_check=True)
    return model


def _graph(nodes: str, outputs: str, vocabulary: Vocabulary) -> ModelProto:
    body = Template(nodes).substitute(
        known=_listed(vocabulary.known),
        known_at=_listed(range(1, len(vocabulary.known) + 1)),  # 0 is any other
        known_size=len(vocabulary.known) + 1,
        asks=_listed(vocabulary.asks),
        asks_at=_listed(range(1, len(vocabulary.asks) + 1)),
        asks_size=len(vocabulary.asks) + 1,
        weighed=_listed(vocabulary.weights.keys()),
        weights=_listed(vocabulary.weights.values()),
        neighbours=NEIGHBOURS,
        window=2 * NEIGHBOURS + 1,
        longest=LONGEST,
    )
    inputs = "string[n, 1] context_word, string[n, 1] context_stem, string[m, 1] query_stem"
    # Opset 20 is the first with RegexFullMatch; ONNX Runtime 1.17 (2024) and every later one reads it.
    return parser.parse_model(
        f'<ir_version: 9, opset_import: ["": 20, "ai.onnx.ml": 3]> questions ({inputs}) => ({outputs}) {{{body}}}'
    )


def _listed(values: Iterable[object]) -> str:
    return ", ".join(json.dumps(value, ensure_ascii=False) for value in values)
