"""`import laneway.fastapi.hook`, and from then on `import fastapi` gives Laneway in this process.

A module found under both names is one object: what is replaced in `fastapi.security` is replaced in
`laneway.security`. Child processes start without the hook; those that `multiprocessing` spawns get it when the main
module imports it at its top, and those of `laneway run --fastapi` always.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from types import CodeType, ModuleType

import laneway.fastapi
from laneway.exceptions import LanewayError
from laneway.fastapi._mirror import find_stand_in

NAME = "fastapi"
BROUGHT_ALONG = (f"{NAME}.applications", f"{NAME}.dependencies.utils", f"{NAME}.routing")
"""Modules that `import fastapi` imports, too: agents wait for one of this name, and then wrap what is in it."""


class FastAPIAlreadyImportedError(LanewayError, ImportError):
    """The real FastAPI was imported before the hook, so some code holds its classes already.

    Attributes:
        file: Where it was imported from.
    """

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.file = file

    def __str__(self) -> str:
        return (
            f"fastapi was already imported from {self.file}, and two frameworks cannot share one app; "
            "import laneway.fastapi.hook before anything that imports fastapi, "
            "or start the app with `laneway run --fastapi`"
        )


class StandInLoader(InspectLoader):
    """Gives a module that exists under another name.

    Attributes:
        target: That name.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        self._own_spec: ModuleSpec | None = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module itself, run if it has not been."""
        module = import_module(self.target)
        self._own_spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing: the module has run. The import system has put our spec in it, which is taken out again."""
        assert module.__spec__ is not None
        name, module.__spec__ = module.__spec__.name, self._own_spec
        if name == NAME:
            for below in map(import_module, BROUGHT_ALONG):
                assert below.__spec__ is not None
                below.__name__ = below.__spec__.name
        elif name in BROUGHT_ALONG:
            module.__name__ = name  # until agents have asked for it, see above

    def is_package(self, fullname: str) -> bool:
        """Whether the module has modules in it."""
        spec = find_spec(self.target)
        return spec is not None and spec.submodule_search_locations is not None

    def get_source(self, fullname: str) -> str | None:
        """The text of the module."""
        return self._inspected().get_source(self.target)

    def get_code(self, fullname: str) -> CodeType | None:
        """The code of the module; `python -m fastapi` runs it."""
        return self._inspected().get_code(self.target)

    def _inspected(self) -> InspectLoader:
        spec = find_spec(self.target)
        if spec is None or not isinstance(spec.loader, InspectLoader):
            raise ImportError(f"there is no source of {self.target!r}", name=self.target)
        return spec.loader


class StandInFinder(MetaPathFinder):
    """Answers imports of `fastapi` and its modules with ours, whether FastAPI is installed or not."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec that gives the module which stands for `fullname`; None for what is not FastAPI's."""
        package, _, name = fullname.partition(".")
        if package != NAME:
            return None
        found = find_stand_in(name) if name else laneway.fastapi.__spec__
        return None if found is None else _renamed(found, fullname)


def _renamed(found: ModuleSpec, name: str) -> ModuleSpec:
    spec = ModuleSpec(name, StandInLoader(found.name), origin=found.origin)
    spec.submodule_search_locations = found.submodule_search_locations
    return spec


def install() -> None:
    """Let `import fastapi` give Laneway from now on; doing it again changes nothing.

    Raises:
        FastAPIAlreadyImportedError: The real FastAPI is in use in this process.
    """
    loaded = sys.modules.get(NAME)
    if loaded is not None and loaded is not laneway.fastapi:
        raise FastAPIAlreadyImportedError(getattr(loaded, "__file__", None) or "an unknown place")
    if not any(isinstance(finder, StandInFinder) for finder in sys.meta_path):
        # Before what finds the installed one, and behind what agents put first to see which modules are imported.
        path_finder = next((at for at, finder in enumerate(sys.meta_path) if finder is PathFinder), 0)
        sys.meta_path.insert(path_finder, StandInFinder())


install()
