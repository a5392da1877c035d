"""Entry scripts: whether the scoring server can use the file, as far as can be told without running it.

Only what is sure is refused. A function that is imported, assigned, decorated by something unknown or made in an `if`
may work well; the scoring server looks at it when it has imported the script.
"""

import ast
from collections.abc import Iterator

from ..models.python_source import COMES_FROM_ELSEWHERE, LARGEST_SOURCE, parse
from ..rules.problems import Problem
from ..rules.wording import nearest, shown

HEADERS = "request_headers"
"""A parameter of this name gets the request's headers, besides the input."""
_RAW = "rawhttp"
_SCHEMA = frozenset({"input_schema", "output_schema"})
_TEMPLATE = {"init": "def init():", "run": "def run(data):"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def script_problems(path: str, source: bytes) -> Iterator[Problem]:
    if len(source) > LARGEST_SOURCE:
        return
    module = parse(path, source)
    if isinstance(module, Problem):
        yield module
    if not isinstance(module, ast.Module):
        return
    if not module.body:
        message, remedy = "an entry script must not be empty", "write its functions init() and run(data)"
        yield Problem(path, None, message, remedy, "entry-empty")
        return
    comes_from_elsewhere = COMES_FROM_ELSEWHERE.search(source.decode("utf-8", "replace")) is not None
    found: dict[str, list[ast.AST]] = {}
    for name, node in _bindings(module):
        found.setdefault(name, []).append(node)
    for name in ("init", "run"):
        if name in found:
            yield from _function_problems(path, name, _only_function(module, found[name]))
        elif not comes_from_elsewhere:
            yield _missing(path, name, found)


def _missing(path: str, name: str, found: dict[str, list[ast.AST]]) -> Problem:
    similar = nearest(name, found)
    hint = f"rename {shown(similar)}" if similar else f"add {_TEMPLATE[name]}"
    return Problem(path, None, f"an entry script must have a function {name}", hint, f"entry-{name}")


def _bindings(module: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Every name that the module may come to have, with what gives it."""
    for node in _statements(module):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name, node
            case ast.Name(id=name, ctx=ast.Store()):
                yield name, node
            case ast.alias():
                yield node.asname or node.name.partition(".")[0], node
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                yield name, node
    for inner in ast.walk(module):
        if isinstance(inner, ast.Global):
            yield from ((name, inner) for name in inner.names)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """What runs in the module itself, not in its functions and classes."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, Function | ast.ClassDef | ast.Lambda):
            yield from _statements(child)


def _only_function(module: ast.Module, nodes: list[ast.AST]) -> Function | None:
    """The function that the name will surely stand for: the last, where nothing else may give the name."""
    last = nodes[-1]
    sure = all(isinstance(node, Function) and node in module.body for node in nodes)
    return last if sure and isinstance(last, Function) else None


def _function_problems(path: str, name: str, function: Function | None) -> Iterator[Problem]:
    if function is None:
        return
    marks = {_name(decorator) for decorator in function.decorator_list}
    if _RAW in marks and marks & _SCHEMA:
        yield Problem(
            path,
            function.lineno,
            f"{name} must not have both @rawhttp and a schema",
            "keep @rawhttp to get the request itself, or the schema to get its parameters",
            "entry-decorators",
        )
    if not marks <= {_RAW, *_SCHEMA}:
        return  # what another decorator gives back cannot be known
    if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in _inside(function)):
        remedy = "return the whole result" if name == "run" else "remove yield: nothing of it would ever run"
        message = f"{name} must not be a generator"
        yield Problem(path, function.lineno, message, remedy, f"entry-{name}-generator")
    fault = _init_fault(function.args) if name == "init" else _run_fault(function.args, bool(marks & _SCHEMA))
    if fault:
        message, remedy = fault
        yield Problem(path, function.lineno, message, remedy, f"entry-{name}-parameters")


def _init_fault(given: ast.arguments) -> tuple[str, str] | None:
    needed = _without_default(given)
    if not needed:
        return None
    return f"init is called without anything (needs {', '.join(needed)})", "read settings from os.environ inside of it"


def _run_fault(given: ast.arguments, has_schema: bool) -> tuple[str, str] | None:
    stars = [f"*{given.vararg.arg}"] if given.vararg else []
    stars += [f"**{given.kwarg.arg}"] if given.kwarg else []
    strange = stars + [f"{parameter.arg}, /" for parameter in given.posonlyargs[-1:]]
    if strange:
        return f"run is called with its parameters by name (has {', '.join(strange)})", f"write {_TEMPLATE['run']}"
    inputs = [parameter.arg for parameter in (*given.args, *given.kwonlyargs) if parameter.arg != HEADERS]
    if not inputs:
        return "run must have a parameter for the input", f"write {_TEMPLATE['run']}"
    needed = [name for name in _without_default(given) if name in inputs[1:]]
    if needed and not has_schema:
        return (
            f"run gets one input (needs {', '.join(needed)} besides {inputs[0]})",
            f"take it as one parameter, or describe each with @input_schema; {HEADERS} gets the headers",
        )
    return None


def _without_default(given: ast.arguments) -> list[str]:
    by_place = [*given.posonlyargs, *given.args]
    needed = by_place[: len(by_place) - len(given.defaults)]
    needed += [one for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True) if default is None]
    return [parameter.arg for parameter in needed]


def _inside(function: Function) -> Iterator[ast.AST]:
    """What runs when the function is called, not what functions inside of it do."""
    for statement in function.body:
        yield statement
        if not isinstance(statement, Function | ast.ClassDef):
            yield from _statements(statement)


def _name(decorator: ast.expr) -> str:
    """Its last part, so that @rawhttp and @services.aml_request.rawhttp are the same."""
    match decorator:
        case ast.Call():
            return _name(decorator.func)
        case ast.Attribute():
            return decorator.attr
        case ast.Name():
            return decorator.id
    return ""
