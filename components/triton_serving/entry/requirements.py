"""The packages of an entry script: given in a list and in a requirements file, read into one form or refused.

What is taken says which versions of which packages, and nothing about where they come from: that is the machine's own
setting, and the same for all. Two ways to write the same come out the same.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from ..models.oci import is_digest
from ..rules.problems import Problem, in_order
from ..rules.wording import printable, shown

LARGEST_FILE = 1 << 20
_COMMENT = re.compile(r"(?:^|\s+)#.*$")
_HASH = re.compile(r"\s--hash[=\s]\s*(\S+)")
_LOCATION = re.compile(r"^(?:\w+\+)?\w+://|^file:|^[./~]|\.(?:whl|zip|tar\.\w+)$|\S[/\\]\S")
_OPTIONS = {
    ("-r", "--requirement"): ("another file", "write its lines here"),
    ("-c", "--constraint"): ("another file", "write its lines here"),
    ("-e", "--editable"): ("a folder", "put the modules beside the entry script and name their source directory"),
    ("-i", "--index-url", "--extra-index-url", "--find-links", "-f"): (
        "where packages come from",
        "remove it; the machine's uv settings say that, or the variable UV_DEFAULT_INDEX",
    ),
}


@dataclass(frozen=True)
class Given:
    """A package as somebody wrote it, and where."""

    place: str
    line: int | None
    text: str


def read_requirements(
    packages: Sequence[str], file: Path | None, elsewhere: Sequence[Given] = ()
) -> tuple[tuple[str, ...], list[Problem]]:
    """All requirements, one line each, sorted, with names as the index writes them; and all that is wrong."""
    given = [Given(f"pipPackages[{number}]", None, text) for number, text in enumerate(packages)]
    given += elsewhere
    problems: list[Problem] = []
    if file is not None:
        try:
            given += _lines(file)
        except (OSError, ValueError) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
            message = f"the requirements file must be readable text ({reason})"
            problems.append(Problem(printable(str(file)), None, message, "check the path", "requirements-file"))
    found: dict[str, tuple[str, Given]] = {}
    for one in given:
        answer = _read(one)
        if isinstance(answer, Problem):
            problems.append(answer)
            continue
        key, line = answer
        before = found.setdefault(key, (line, one))
        if before[0] != line:
            other = before[1].place if before[1].line is None else f"{before[1].place}:{before[1].line}"
            message = f"a package must be asked for in one way (got '{shown(one.text)}', and {before[0]} at {other})"
            problems.append(_problem(one, message, "keep one of them", "package-twice"))
    return tuple(sorted(line for line, _ in found.values())), sorted(problems, key=in_order)


def _lines(file: Path) -> Iterator[Given]:
    if not file.is_file():
        raise ValueError("found no file there")
    if file.stat().st_size > LARGEST_FILE:
        raise ValueError(f"has more than {LARGEST_FILE:,} bytes")
    begun, text = 0, ""
    for number, line in enumerate(file.read_text("utf-8-sig").splitlines(), 1):
        begun = begun or number
        # As pip reads it: a backslash joins lines, but not at the end of a comment.
        part = _COMMENT.sub("", line).strip()
        text = f"{text} {part.removesuffix(chr(92))}".strip()
        if not part.endswith("\\"):
            if text:
                yield Given(printable(str(file)), begun, text)
            begun, text = 0, ""
    if text:
        yield Given(printable(str(file)), begun, text)


def _read(given: Given) -> tuple[str, str] | Problem:
    """What the requirement is about, and the requirement in its one form."""
    text = _HASH.sub("", given.text).strip()
    hashes = sorted(set(_HASH.findall(given.text)))
    if not text:
        return _problem(given, "must name a package (got nothing)", "write, for example, nltk==3.9.2", "package-empty")
    if text.startswith("-"):
        return _option(given, text)
    if _LOCATION.search(text.partition(";")[0]) or " @ " in text:
        return _location(given)
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        reason = str(error).partition("\n")[0]
        return _problem(
            given,
            f"must be a package with or without versions (got '{shown(text)}': {shown(reason)})",
            "write, for example, nltk==3.9.2 or pandas>=2,<3",
            "package-form",
        )
    if requirement.url:
        return _location(given)
    unfit = [one for one in hashes if not is_digest(one)]
    if unfit:
        message = f"a hash must be sha256: and 64 hexadecimal digits (got {shown(unfit[0])})"
        return _problem(given, message, "take it from `uv pip compile --generate-hashes`", "package-hash")
    if hashes and [clause.operator for clause in requirement.specifier] != ["=="]:
        message = f"a package with hashes must be pinned to one version (got '{shown(text)}')"
        return _problem(given, message, "write ==, or remove the hashes", "package-hash")
    requirement.name = canonicalize_name(requirement.name)
    key = f"{requirement.name};{requirement.marker or ''}"
    return key, " ".join([str(requirement), *(f"--hash={one}" for one in hashes)])


def _option(given: Given, text: str) -> Problem:
    written = re.split(r"[=\s]", text)[0]
    means, way_out = "an option", "remove it, and list the packages themselves"
    for names, (meaning, remedy) in _OPTIONS.items():
        if written in names:
            means, way_out = meaning, remedy
    message = f"must be a package (got {shown(written)}, which names {means})"
    return _problem(given, message, way_out, "package-option")


def _location(given: Given) -> Problem:
    """The value is not repeated: addresses may hold passwords."""
    return _problem(
        given,
        "must be a package of the index (got an address or a path, whose content can change unseen)",
        "publish it to your package index; modules of your own can lie beside the entry script",
        "package-location",
    )


def _problem(given: Given, message: str, remedy: str, rule: str) -> Problem:
    return Problem(given.place, given.line, message, remedy, rule)
