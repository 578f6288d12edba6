"""What reading a function came to."""

from laneway.check.allow import has_comment
from laneway.check.annotated import from_annotation
from laneway.check.frame import Frame
from laneway.check.sources import Unit, yields
from laneway.check.values import UNKNOWN, Instance, Lazy, Outcome, Scope, Values, items_of

CONTAINERS = (list, tuple, set, frozenset, dict)


def outcome_of(frame: Frame, unit: Unit, promised: Values) -> Outcome:
    """What reading a function came to."""
    findings = () if has_comment(unit.head()) else frame.trail.findings
    attributes_set = tuple(frame.set_on_self.items())
    if not yields(unit.node):
        return Outcome(
            unit.name, findings, _more_telling(frame.returned, promised), attributes_set, frame.trail.complete
        )
    items = frame.yielded or items_of(promised)
    if unit.is_async:  # iterated on the loop, sooner or later
        return Outcome(unit.name, findings, (Lazy((), items),), attributes_set, frame.trail.complete)
    return Outcome(unit.name, (), (Lazy(findings, items),), attributes_set, frame.trail.complete)


def _more_telling(returned: Values, promised: Values) -> Values:
    """What was seen, unless that is a container of which the annotation knows what it holds."""
    empty = all(
        isinstance(value, Instance) and value.cls in CONTAINERS and not value.attributes for value in returned
    )
    return promised or returned if empty else returned


def promised_by(unit: Unit, scope: Scope) -> Values:
    """What its annotation says that a function returns."""
    returns = getattr(unit.node, "returns", None)
    return from_annotation(returns, scope) if returns is not None else UNKNOWN
