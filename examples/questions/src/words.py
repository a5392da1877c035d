"""How a text and a question become what the model takes; training and serving must do it alike."""

import numpy as np
from nltk.stem import SnowballStemmer
from nltk.tokenize import RegexpTokenizer

# A number keeps what stands inside it, as in 9:30 or 1,200; every other sign is a word of its own.
TOKENIZER = RegexpTokenizer(r"\d+(?:[.,:]\d+)*|\w+|[^\w\s]")
STEMMER = SnowballStemmer("english")


def spans(text):
    """Where each word begins and ends."""
    return list(TOKENIZER.span_tokenize(text))


def stems(text):
    """The words without their endings: opens, opened -> open."""
    return [STEMMER.stem(text[begin:end]) for begin, end in spans(text)]


def tensors(context, query):
    """The model's inputs by name, each [number of words, 1]."""
    words = [context[begin:end] for begin, end in spans(context)]
    named = {"context_word": words, "context_stem": stems(context), "query_stem": stems(query)}
    return {name: np.array(column, dtype=np.object_).reshape(-1, 1) for name, column in named.items()}
