"""What the bytecode of a function proves: that it cannot block.

Such a function runs in line instead of in a thread, which saves a hop of tens of microseconds. The proof is one-sided:
a function that fails it may still be harmless.
"""

import dis
import inspect
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

# Nothing here calls Python or C code that others wrote: no calls, no attribute or item access, no operators, no
# iteration, no jump backwards.
_HARMLESS = {
    "BUILD_CONST_KEY_MAP",
    "BUILD_LIST",
    "BUILD_TUPLE",
    "COPY",
    "COPY_FREE_VARS",
    "IS_OP",
    "JUMP_FORWARD",
    "LOAD_CONST",
    "LOAD_DEREF",
    "LOAD_FAST",
    "LOAD_FAST_CHECK",
    "LOAD_FAST_LOAD_FAST",
    "LOAD_GLOBAL",
    "NOP",
    "POP_JUMP_FORWARD_IF_NONE",
    "POP_JUMP_FORWARD_IF_NOT_NONE",
    "POP_JUMP_IF_NONE",
    "POP_JUMP_IF_NOT_NONE",
    "POP_TOP",
    "RESUME",
    "RETURN_CONST",
    "RETURN_VALUE",
    "STORE_FAST",
    "STORE_FAST_LOAD_FAST",
    "STORE_FAST_STORE_FAST",
    "SWAP",
}


_LOADS_ONE = {"LOAD_CONST", "LOAD_DEREF", "LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_GLOBAL"}


def cannot_block(call: Callable[..., Any]) -> bool:
    """Whether `call` is proven to return at once: a plain function, or a class that only stores its arguments."""
    if inspect.isclass(call):
        return _only_stores(call)
    return type(call) is FunctionType and _is_plain(call.__code__) and _is_harmless(call.__code__)


def _is_plain(code: CodeType) -> bool:
    flags = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
    return not code.co_flags & flags and code.co_exceptiontable == b""


def _is_harmless(code: CodeType) -> bool:
    instructions = list(dis.get_instructions(code))
    return all(_only_moves(instruction, instructions[:i]) for i, instruction in enumerate(instructions))


def _only_moves(instruction: dis.Instruction, before: list[dis.Instruction]) -> bool:
    """Whether an instruction, after those before it, runs nobody's code."""
    if instruction.opname == "BUILD_MAP":
        return _has_constant_keys(instruction.arg or 0, before)
    return instruction.opname in _HARMLESS and not _jumps_back(instruction)


def _has_constant_keys(size: int, before: list[dis.Instruction]) -> bool:
    """Whether the keys of a dictionary are constants: others are hashed, and that may be anybody's code.

    Seen only where one instruction loads each value.
    """
    loads = before[len(before) - 2 * size :]
    return all(key.opname == "LOAD_CONST" for key in loads[::2]) and all(
        value.opname in _LOADS_ONE for value in loads[1::2]
    )


def _jumps_back(instruction: dis.Instruction) -> bool:
    return (
        "JUMP" in instruction.opname
        and instruction.argval is not None
        and instruction.argval < instruction.offset
    )


def _only_stores(cls: type) -> bool:
    """Whether making an instance runs nothing but `self.name = value` lines of its own `__init__`."""
    init = cls.__init__  # type: ignore[misc]  # the slot of exactly this class is looked at
    plain = type(cls) is type and _inherits(cls, "__new__") and _inherits(cls, "__setattr__")
    if not plain or type(init) is not FunctionType or not _is_plain(init.__code__):
        return False
    return _stores_on_self(init.__code__, cls)


def _inherits(cls: type, name: str) -> bool:
    """Whether a special method is the one that all objects have."""
    return getattr(cls, name) is getattr(object, name)


def _stores_on_self(code: CodeType, cls: type) -> bool:
    before: list[dis.Instruction] = []
    for instruction in dis.get_instructions(code):
        if instruction.opname == "STORE_ATTR":
            if not _loads_self(before[-1], code) or hasattr(cls, str(instruction.argval)):
                return False  # another object, or a property or descriptor of the class
        elif not _only_moves(instruction, before) or instruction.opname.startswith("STORE_FAST"):
            return False  # other code, or `self` made another object
        before.append(instruction)
    return True


def _loads_self(instruction: dis.Instruction, code: CodeType) -> bool:
    if not code.co_varnames:
        return False
    name = code.co_varnames[0]
    if instruction.opname == "LOAD_FAST":
        return bool(instruction.argval == name)
    return instruction.opname == "LOAD_FAST_LOAD_FAST" and instruction.argval[1] == name
