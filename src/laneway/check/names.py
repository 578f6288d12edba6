"""Objects by their dotted names, without importing anything."""

import sys
from types import ModuleType

from laneway.check.values import is_a


def resolve(dotted: str) -> object | None:
    """The object of that name if its module is imported already; no code of it is run."""
    parts = dotted.split(".")
    for end in range(len(parts) - 1, 0, -1):
        module = sys.modules.get(".".join(parts[:end]))
        if module is not None:
            return _walk(module, parts[end:])
    return None


def _walk(start: object, names: list[str]) -> object | None:
    found: object | None = start
    for name in names:
        found = static_member(found, name)
        if found is None:
            return None
    return unwrapped(found)


def static_member(owner: object, name: str) -> object | None:
    """A member of a module or a class, as it is stored there."""
    if is_a(owner, ModuleType):
        return vars(owner).get(name)
    if is_a(owner, type):
        return member_of_class(owner, name)  # type: ignore[arg-type]  # checked above
    return None


def member_of_class(cls: type, name: str, after: type | None = None) -> object | None:
    """What a class, or the first of its bases that has it, stores under a name.

    Args:
        cls: The class.
        name: The name.
        after: Look only at the bases that come after this one.
    """
    bases = type.__dict__["__mro__"].__get__(cls)
    if after in bases:
        bases = bases[bases.index(after) + 1 :]
    for base in bases:
        members = type.__dict__["__dict__"].__get__(base)
        if name in members:
            return members[name]  # type: ignore[no-any-return]
    return None


def unwrapped(member: object) -> object:
    """The function that a static or class method holds."""
    return member.__func__ if isinstance(member, staticmethod | classmethod) else member


def qualified_name(thing: object) -> str:
    """What to call a function or class in a chain: its name with that of its class."""
    name = getattr(thing, "__qualname__", None) or getattr(type(thing), "__qualname__", "?")
    return str(name).rpartition("<locals>.")[2]
