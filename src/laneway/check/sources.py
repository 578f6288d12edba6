"""The source of live functions, and whose code it is."""

import ast
import linecache
import os
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import CodeType, FunctionType

from laneway.check.values import FunctionNode

STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep  # noqa: PTH120  # compared as text with co_filename
OURS = str(Path(__file__).parents[1]) + os.sep
INSTALLED = ("site-packages", "dist-packages")


@dataclass(frozen=True, slots=True)
class Unit:
    """The code of one function.

    Attributes:
        node: Its syntax tree, with line numbers of the file.
        file: Where it is written.
        own: Whether that is the app's code, not a library's.
    """

    node: FunctionNode
    file: str
    own: bool

    @property
    def name(self) -> str:
        """The name of the function."""
        return "lambda" if isinstance(self.node, ast.Lambda) else self.node.name

    @property
    def is_async(self) -> bool:
        """Whether it is `async def`."""
        return isinstance(self.node, ast.AsyncFunctionDef)

    def lines(self, first: int, last: int) -> list[str]:
        """Lines of the file, numbered from 1."""
        return linecache.getlines(self.file)[first - 1 : last]

    def head(self) -> list[str]:
        """The lines of decorators, name and parameters."""
        if isinstance(self.node, ast.Lambda):
            return []
        first = min([self.node.lineno, *(decorator.lineno for decorator in self.node.decorator_list)])
        return self.lines(first, max(self.node.lineno, self.node.body[0].lineno - 1))


class Sources:
    """Finds the code of functions, each once.

    Args:
        package: Top-level module of the app; its code is the app's own even where it is installed.
    """

    def __init__(self, package: str | None = None) -> None:
        self._package = package
        self._nodes: dict[CodeType, FunctionNode | None] = {}

    def unit(self, function: FunctionType) -> Unit | None:
        """The code of a function; None when it has no source."""
        code = function.__code__
        if code not in self._nodes:
            self._nodes[code] = parse(code)
        node = self._nodes[code]
        module = str(function.__globals__.get("__name__", ""))
        return None if node is None else Unit(node, code.co_filename, self.is_own(code.co_filename, module))

    def is_own(self, file: str, module: str) -> bool:
        """Whether a file belongs to the app."""
        return module.partition(".")[0] == self._package or not is_library(file)


@lru_cache(maxsize=4096)
def is_library(file: str) -> bool:
    """Whether a file was installed, not written for the app."""
    if file.startswith(("<", OURS, STANDARD_LIBRARY)):
        return True
    return any(part in INSTALLED for part in Path(file).parts)


def parse(code: CodeType) -> FunctionNode | None:
    """The syntax tree of a code object; None when its file is gone or was changed."""
    try:
        return _parse_lambda(code) if code.co_name == "<lambda>" else _parse_block(code)
    except (SyntaxError, ValueError):
        return None


def _parse_block(code: CodeType) -> FunctionNode | None:
    """Parse the lines of the function only: some files of libraries have thousands."""
    first, last = code.co_firstlineno, _last_line(code)
    lines = linecache.getlines(code.co_filename)[first - 1 : last]
    text = "".join(lines)
    if not text.strip():
        return None
    indented = text[0].isspace()
    # Not dedented: a text in triple quotes may stand further left than the code.
    tree = ast.parse(f"if 1:\n{text}" if indented else text)
    ast.increment_lineno(tree, first - 1 - indented)
    return _function_named(code.co_name, tree)


def _function_named(name: str, tree: ast.Module) -> FunctionNode | None:
    body = tree.body
    if body and isinstance(body[0], ast.If):
        body = body[0].body
    found = body[0] if body else None
    if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef) and found.name == name:
        return found
    return None


def _last_line(code: CodeType) -> int:
    """The last line of a function, nested ones included."""
    ends = [end for _, end, _, _ in code.co_positions() if end is not None]
    nested = [_last_line(const) for const in code.co_consts if isinstance(const, CodeType)]
    return max([code.co_firstlineno, *ends, *nested])


def _parse_lambda(code: CodeType) -> FunctionNode | None:
    """A lambda can be told apart only in its file, and only from lambdas on other lines."""
    found = [node for node in _lambdas(code.co_filename) if node.lineno == code.co_firstlineno]
    return found[0] if len(found) == 1 else None


@lru_cache(maxsize=64)
def _lambdas(file: str) -> tuple[ast.Lambda, ...]:
    tree = ast.parse("".join(linecache.getlines(file)))
    return tuple(node for node in ast.walk(tree) if isinstance(node, ast.Lambda))


def annotation_node(text: str) -> ast.expr | None:
    """The expression that an annotation given as text spells."""
    try:
        return ast.parse(textwrap.dedent(text).strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return None


def yields(node: FunctionNode) -> bool:
    """Whether calling the function gives a generator."""
    return any(isinstance(found, ast.Yield | ast.YieldFrom) for found in own_nodes(node))


def awaits(node: FunctionNode) -> bool:
    """Whether the function ever lets the loop go on."""
    waiting = (ast.Await, ast.AsyncFor, ast.AsyncWith)
    return any(
        isinstance(found, waiting) or (isinstance(found, ast.comprehension) and found.is_async)
        for found in own_nodes(node)
    )


def own_nodes(node: FunctionNode) -> Iterator[ast.AST]:
    """What stands in a function, without the functions inside it."""
    waiting: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else list(node.body)
    while waiting:
        found = waiting.pop()
        yield found
        if not isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(found))


def shortened(file: str) -> str:
    """The file as seen from the working directory, or from its installation: `requests/api.py`."""
    path, here = Path(file), Path.cwd()
    if path.is_relative_to(here):
        return str(path.relative_to(here))
    place = next((path.parts.index(part) for part in INSTALLED if part in path.parts), None)
    if place is not None:
        return str(Path(*path.parts[place + 1 :]))
    return file.removeprefix(STANDARD_LIBRARY)
