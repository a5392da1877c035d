"""The picture in README.md: one recognised picture of each digit, and below them all mistakes."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

COLUMNS = 10
PIXEL = 8
SIDE = 8 * PIXEL
GAP = 16
ROW = SIDE + 48  # a picture and two lines below it
WIDTH = GAP + COLUMNS * (SIDE + GAP)
TEXT, RIGHT, WRONG = "#1f2933", "#1a7f4b", "#c2410c"


def draw(pixels: NDArray[np.float64], digits: NDArray[np.int64], probabilities: NDArray[np.float32]) -> str:
    """An SVG of what was shown and what the model answered, with its probability."""
    answers = probabilities.argmax(axis=1)
    right = [int(np.flatnonzero((digits == digit) & (answers == digit))[0]) for digit in range(10)]
    wrong = [int(picture) for picture in np.flatnonzero(answers != digits)]

    def notes(picture: int) -> list[str]:
        answer = f"{answers[picture]} · {probabilities[picture].max():.0%}"
        return [answer] if answers[picture] == digits[picture] else [answer, f"shows {digits[picture]}"]

    parts: list[str] = []
    y = 0
    for title, pictures, colour in (
        ("Recognised: one of each digit", right, RIGHT),
        (f"All mistakes: {len(wrong)} of {len(digits)} pictures", wrong, WRONG),
    ):
        y += 26
        parts.append(f'<text x="{GAP}" y="{y}" fill="{TEXT}" font-weight="600">{title}</text>')
        y += 12
        for position, picture in enumerate(pictures):
            column, row = position % COLUMNS, position // COLUMNS
            parts += _cell(pixels[picture], notes(picture), colour, GAP + column * (SIDE + GAP), y + row * ROW)
        y += -(-len(pictures) // COLUMNS) * ROW

    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}" '
        'font-family="system-ui, Segoe UI, Helvetica, Arial, sans-serif" font-size="13">'
    )
    paper = f'<rect width="{WIDTH}" height="{y}" rx="6" fill="#fff"/>'
    return "\n".join([opening, paper, *parts, "</svg>", ""])


def _cell(pixels: NDArray[np.float64], notes: list[str], colour: str, x: int, y: int) -> Iterator[str]:
    yield f'<g transform="translate({x} {y})"><rect width="{SIDE}" height="{SIDE}" fill="#f1f3f5"/>'
    yield f'<g transform="scale({PIXEL})" shape-rendering="crispEdges" fill="{TEXT}">'
    for ink in range(1, 17):  # one path for all pixels of a shade keeps the file small
        squares = "".join(f"M{at % 8} {at // 8}h1v1h-1z" for at in np.flatnonzero(pixels == ink))
        if squares:
            yield f'<path fill-opacity="{ink / 16:.2f}" d="{squares}"/>'
    yield "</g>"
    for line, note in enumerate(notes, 1):
        yield f'<text x="{SIDE // 2}" y="{SIDE + 17 * line}" text-anchor="middle" fill="{colour}">{note}</text>'
    yield "</g>"
