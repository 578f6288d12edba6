"""Attributes of values, found without running the code of descriptors, properties or `__getattr__`."""

import sys
from dataclasses import dataclass
from functools import cached_property
from types import (
    BuiltinFunctionType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    WrapperDescriptorType,
)

from laneway.check.names import member_of_class
from laneway.check.values import UNKNOWN, Absent, Bound, Instance, Known, Super, Value, Values, is_a

METHODS = (FunctionType, MethodDescriptorType, WrapperDescriptorType)
CACHED = type(cached_property)  # functions wrapped by lru_cache are bound like methods
_lru_cache_wrapper = type(__import__("functools").lru_cache(lambda: None))


@dataclass(frozen=True, slots=True)
class Attribute:
    """What an attribute is.

    Attributes:
        values: What it stands for.
        getter: The function of a property, which runs when the attribute is read.
        of_class: The class to ask further: annotations and `__init__` may tell.
    """

    values: Values = UNKNOWN
    getter: Value | None = None
    of_class: type | None = None


def find(value: Value, name: str) -> Attribute:
    """The attribute of a value."""
    if isinstance(value, Known):
        return _of_live(value, name)
    if isinstance(value, Instance):
        return _of_instance(value, value.cls, name)
    if isinstance(value, Super):
        return _of_super(value, name)
    if isinstance(value, Absent):
        return Attribute((Absent(f"{value.name}.{name}"),))
    return Attribute()


def _of_live(value: Known, name: str) -> Attribute:
    thing = value.object
    if is_a(thing, ModuleType):
        return _of_module(thing, name)  # type: ignore[arg-type]  # checked above
    if is_a(thing, type):
        return _of_class(thing, name)  # type: ignore[arg-type]
    found = _stored(thing, name)
    if found is not None:
        return Attribute((Known(found),))
    return _of_instance(value, type(thing), name)


def _of_module(module: ModuleType, name: str) -> Attribute:
    members = vars(module)
    if name in members:
        return Attribute((Known(members[name]),))
    below = sys.modules.get(f"{members.get('__name__')}.{name}")
    return Attribute((Known(below),)) if below is not None else Attribute()


def _of_class(cls: type, name: str) -> Attribute:
    member = member_of_class(cls, name)
    if member is None or isinstance(member, property | cached_property):
        return Attribute()
    if isinstance(member, classmethod):
        return Attribute((Bound(Known(member.__func__), Known(cls)),))
    if isinstance(member, staticmethod):
        return Attribute((Known(member.__func__),))
    return Attribute((Known(member),))


def _of_super(value: Super, name: str) -> Attribute:
    cls = class_of(value.owner)
    member = member_of_class(cls, name, after=value.after) if cls else None
    if member is None:
        return Attribute()
    return _bound(member, value.owner, cls)


def _of_instance(owner: Value, cls: type, name: str) -> Attribute:
    if isinstance(owner, Instance) and (known := owner.get(name)):
        return Attribute(known)
    member = member_of_class(cls, name)
    if member is None:
        return Attribute(of_class=cls)
    return _bound(member, owner, cls)


def _bound(member: object, owner: Value, cls: type | None) -> Attribute:
    """What reading a member of the class through an instance gives."""
    if isinstance(member, property):
        return Attribute(getter=Bound(Known(member.fget), owner)) if member.fget else Attribute()
    if isinstance(member, cached_property):
        return Attribute(getter=Bound(Known(member.func), owner))
    if isinstance(member, staticmethod):
        return Attribute((Known(member.__func__),))
    if isinstance(member, classmethod):
        return Attribute((Bound(Known(member.__func__), Known(cls)),))
    if is_a(member, METHODS) or is_a(member, _lru_cache_wrapper):
        return Attribute((Bound(Known(member), owner),))
    if is_a(member, (MemberDescriptorType, GetSetDescriptorType)) or _is_plain_default(member):
        return Attribute(of_class=cls)  # a slot, or a default that `__init__` or an annotation makes precise
    if member_of_class(type(member), "__get__") is not None and not is_a(member, BuiltinFunctionType | type):  # type: ignore[arg-type]
        return Attribute(of_class=cls)  # a descriptor of a library; reading it would run its code
    return Attribute((Known(member),))


def _is_plain_default(member: object) -> bool:
    return member is None or is_a(member, (bool, int, float, str, bytes))


def _stored(thing: object, name: str) -> object | None:
    """What an instance itself stores under a name."""
    try:
        members = object.__getattribute__(thing, "__dict__")
    except AttributeError:
        members = None
    if type(members) is dict and name in members:
        return members[name]  # type: ignore[no-any-return]
    slot = member_of_class(type(thing), name)
    if is_a(slot, MemberDescriptorType):
        try:
            return slot.__get__(thing)  # type: ignore[attr-defined, no-any-return]  # reads memory, runs no code
        except AttributeError:
            return None
    return None


def class_of(value: Value) -> type | None:
    """The class of what a value stands for."""
    if isinstance(value, Instance):
        return value.cls
    if isinstance(value, Known):
        return value.object if is_a(value.object, type) else type(value.object)  # type: ignore[return-value]
    return None


def method_parts(method: MethodType) -> Bound:
    """A live method as function and owner."""
    return Bound(Known(method.__func__), Known(method.__self__))
