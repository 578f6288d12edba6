"""The findings of one function, each with the call that leads to it."""

import ast

from laneway.check.allow import has_comment
from laneway.check.findings import Finding, Step
from laneway.check.sources import Unit
from laneway.check.values import Outcome, Values

MAX_FINDINGS = 50  # in one function; more tell nothing new


class Trail:
    """What blocks in the calls of a function.

    Args:
        unit: The function.

    Attributes:
        complete: Whether all calls were followed to the end.
    """

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._found: dict[Finding, None] = {}
        self.complete = True

    @property
    def findings(self) -> tuple[Finding, ...]:
        """In the order in which they were found, each once."""
        return tuple(self._found)

    def add(self, outcome: Outcome, node: ast.expr) -> Values:
        """Keep what blocks in a call, with the call as a further step towards it; gives what it returns."""
        self.complete = self.complete and outcome.complete
        if outcome.findings and not self._is_silenced(node):
            step = self._step(node, outcome.name)
            for finding in outcome.findings[: MAX_FINDINGS - len(self._found)]:
                self._found[Finding(finding.sink, (step, *finding.steps))] = None
        return outcome.values

    def _is_silenced(self, node: ast.expr) -> bool:
        return has_comment(self._unit.lines(node.lineno, node.end_lineno or node.lineno))

    def _step(self, node: ast.expr, callee: str) -> Step:
        line = _line_of(node)
        return Step(
            file=self._unit.file,
            line=line,
            end_line=node.end_lineno or line,
            caller=self._unit.name,
            callee=callee,
            is_async=self._unit.is_async,
            own=self._unit.own,
            function=self._written(node.func) if isinstance(node, ast.Call) else "",
            arguments=self._written_arguments(node) if isinstance(node, ast.Call) else "",
        )

    def _written_arguments(self, node: ast.Call) -> str:
        named = [f"{item.arg}=" if item.arg else "**" for item in node.keywords]
        values = [self._written(item.value) for item in node.keywords]
        return ", ".join([*map(self._written, node.args), *map("".join, zip(named, values, strict=True))])

    def _written(self, node: ast.expr) -> str:
        """An expression as the author wrote it, if it fits on a line."""
        if node.lineno != node.end_lineno:
            return ast.unparse(node)
        line = "".join(self._unit.lines(node.lineno, node.lineno)).encode()
        return line[node.col_offset : node.end_col_offset].decode(errors="replace")


def _line_of(node: ast.expr) -> int:
    """The line with the name of what is called; in a chain over several lines the call begins lines above."""
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.end_lineno or node.lineno
    return node.lineno
