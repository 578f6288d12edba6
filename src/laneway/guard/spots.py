"""Frames of another thread, kept as code and position: no values of variables, no frame kept alive."""

import ast
import dis
import linecache
import sysconfig
from functools import lru_cache
from itertools import islice
from pathlib import Path
from types import CodeType, FrameType
from typing import NamedTuple

from laneway.guard.incident import Place

MOST_FRAMES = 200  # walked; deeper recursion is cut at the outer end
_OWN_DIRECTORY = str(Path(__file__).parents[1])
_RESUME = dis.opmap["RESUME"]
_FIRST_START = 0  # operand of RESUME where a function begins, not where it goes on
# Where CPython looks whether another thread wants the interpreter.
_CHECKS = frozenset({"CALL", "CALL_FUNCTION_EX", "CALL_KW", "JUMP_BACKWARD", "RESUME"})


class Spot(NamedTuple):
    """Where one frame was.

    Attributes:
        code: What it ran.
        instruction: Offset of the instruction, bytes.
        module: Name of the module.
    """

    code: CodeType
    instruction: int
    module: str

    @property
    def position(self) -> tuple[int | None, int | None, int | None, int | None]:
        """First and last line, first and last column of the instruction."""
        at = max(self.instruction, 0) // 2
        return next(islice(self.code.co_positions(), at, None), (None, None, None, None))

    @property
    def line(self) -> int:
        """The line, from 1."""
        return self.position[0] or self.code.co_firstlineno

    @property
    def place(self) -> Place:
        """The same as a value for reports."""
        return Place(self.code.co_filename, self.line, self.code.co_qualname)

    @property
    def name(self) -> str:
        """`module.function`."""
        return f"{self.module}.{self.code.co_qualname}"

    @property
    def has_just_begun(self) -> bool:
        """Whether it is at the start of its function, where nothing of its own can have taken time."""
        return bool(self._opcode == _RESUME)

    @property
    def was_called(self) -> bool:
        """Whether it has just begun because it was called, not because it goes on after a wait."""
        return self.has_just_begun and self.code.co_code[self.instruction + 1] == _FIRST_START

    @property
    def _opcode(self) -> int:
        code = self.code.co_code
        return code[self.instruction] if 0 <= self.instruction < len(code) else -1


Stack = tuple[Spot, ...]
"""Frames of one thread, innermost first."""


def read_stack(frame: FrameType | None) -> Stack:
    """The frames of a thread that is not running right now, innermost first."""
    spots: list[Spot] = []
    while frame is not None and len(spots) < MOST_FRAMES:
        spots.append(Spot(frame.f_code, frame.f_lasti, frame.f_globals.get("__name__", "")))
        frame = frame.f_back
    return tuple(spots)


def depth_of(frame: FrameType | None) -> int:
    """The number of frames from this one outwards."""
    depth = 0
    while frame is not None:
        depth += 1
        frame = frame.f_back
    return depth


@lru_cache(maxsize=4096)
def is_library(file: str) -> bool:
    """Whether a file belongs to Python, to an installed package or to Laneway."""
    if file.startswith(("<", _OWN_DIRECTORY)):
        return True
    installed = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    parts = Path(file).parts
    return file.startswith(tuple(installed)) or "site-packages" in parts or "dist-packages" in parts


def is_app(spot: Spot, home: str) -> bool:
    """Whether a frame runs the app's own code: no library, or the package `home`, installed or not."""
    return not is_library(spot.code.co_filename) or (bool(home) and spot.module.partition(".")[0] == home)


def source_line(place: Place) -> str:
    """The text of a line, without its indentation."""
    return linecache.getline(place.file, place.line).strip()


def called_text(spot: Spot) -> str | None:
    """The call expression that a frame was at, `time.sleep(0.2)`; None if it was at something else."""
    line, last, start, end = spot.position
    if line is None or line != last or start is None or end is None:
        return None
    # Columns count bytes of UTF-8.
    text = linecache.getline(spot.code.co_filename, line).encode()[start:end].decode(errors="replace")
    try:
        return text if isinstance(ast.parse(text, mode="eval").body, ast.Call) else None
    except SyntaxError:
        return None


def called_name(text: str | None) -> str | None:
    """`time.sleep` of `time.sleep(0.2)`."""
    if text is None:
        return None
    call = ast.parse(text, mode="eval").body
    return ast.unparse(call.func) if isinstance(call, ast.Call) else None


def power_before(spot: Spot) -> int | None:
    """The line of the power operator that ran since a thread could last take over, or None.

    Exact in straight code; jumps forward in between are not followed.
    """
    found = None
    for one in dis.get_instructions(spot.code):
        if one.offset >= spot.instruction:
            break
        if one.opname in _CHECKS:
            found = None
        elif one.opname == "BINARY_OP" and one.argrepr in {"**", "**="} and one.positions is not None:
            found = one.positions.lineno
    return found
