"""Python source under construction: lines, fresh names, and the objects the code refers to."""

import itertools
import keyword
import linecache
import re
from typing import Any

_numbers = itertools.count(1)


class Code:
    """The text of one generated function and its globals.

    Attributes:
        namespace: What the code finds as global names.
    """

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._taken: set[str] = set()
        self.namespace: dict[str, Any] = {}

    def add(self, indent: int, *lines: str) -> None:
        """Append lines at an indentation of `indent` steps."""
        self._lines.extend("    " * indent + line for line in lines)

    def fresh(self, hint: str) -> str:
        """A variable name like `hint` that nothing else has."""
        base = re.sub(r"\W", "_", hint).strip("_") or "value"
        if not base.isascii() or base[0].isdigit() or keyword.iskeyword(base):
            base = f"v_{re.sub('[^a-zA-Z0-9_]', '_', base)}"
        name, number = base, 2
        while name in self._taken:
            name, number = f"{base}_{number}", number + 1
        self._taken.add(name)
        return name

    def bind(self, hint: str, value: Any) -> str:
        """The global name under which the code finds `value`."""
        name = self.fresh(hint)
        self.namespace[name] = value
        return name

    def use(self, value: Any) -> str:
        """The global name of one of our functions or classes: its own."""
        name: str = value.__name__
        self._taken.add(name)
        self.namespace[name] = value
        return name

    @property
    def text(self) -> str:
        """The source as it stands."""
        return "\n".join(self._lines) + "\n"

    def function(self, name: str, label: str) -> Any:
        """The function `name` that the source defines; tracebacks show its lines under `label`."""
        # The number keeps routes of two apps apart.
        filename = f"<plan of {label} #{next(_numbers)}>"
        text = self.text
        exec(compile(text, filename, "exec"), self.namespace)  # noqa: S102  # text made here, from names checked here
        # No mtime (None): linecache keeps such entries until the process ends.
        linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
        return self.namespace[name]
