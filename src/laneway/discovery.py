"""Finding the app that a command names: first where it is (a `Target`), then the object itself."""

import difflib
import importlib
import inspect
import os
import sys
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from starlette.applications import Starlette

from laneway.exceptions import LanewayError

APP_NAMES = ("app", "api")  # what most apps are called; the first that is one wins
FACTORY_NAME = "create_app"
DEFAULT_FILES = ("main.py", "app.py", "api.py", "app/main.py", "app/app.py", "app/api.py")
INTERNAL_FRAMES = ("<frozen importlib", str(Path(__file__).parent), str(Path(importlib.__file__).parent))


class AppNotFoundError(LanewayError):
    """No app is where it was looked for; the message says where that was and what is there instead."""


class AppImportError(LanewayError):
    """The app's own code raised while it was imported or built; the cause is that error.

    Attributes:
        what: What was being run, e.g. "importing 'main'".
    """

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what

    def __str__(self) -> str:
        """The traceback of the app's code, without the frames that led to it."""
        cause = self.__cause__
        if cause is None:
            return f"{self.what} failed"
        return f"{self.what} failed\n\n{format_error(cause)}"


@dataclass(frozen=True, slots=True)
class Target:
    """Where an app is: a module, perhaps the object's name in it, and the directory to import it from."""

    module: str  # as imported, e.g. "demo.main"
    name: str | None  # e.g. "app" or "holder.app"; None when the object is to be looked for
    directory: Path  # goes to the front of sys.path
    file: Path | None = None  # the module's file, when it was named by its file

    def __str__(self) -> str:
        return f"{self.module}:{self.name}" if self.name else self.module


@dataclass(frozen=True, slots=True)
class FoundApp:
    """An app and the import string that names it."""

    app: object
    import_string: str  # e.g. "demo.main:app"; "main:create_app()" for a factory's app


def find_target(reference: str | None, directory: Path) -> Target:
    """Where the app named by the reference is; nothing is imported.

    Args:
        reference: `module:app`, `module`, a file or a directory, each of the last two perhaps with `:app`;
            None for the first of `DEFAULT_FILES` that exists.
        directory: Where relative references start, usually the working directory.

    Raises:
        AppNotFoundError: There is no such file.
    """
    if not reference:
        return target_of_file(default_file(directory), None)
    place, name = split_reference(reference)
    path = directory / place
    if path.is_dir() and not (path / "__init__.py").is_file():
        return target_of_file(default_file(path), name)
    if path.is_dir() or place.endswith(".py") or "/" in place or os.sep in place:
        return target_of_file(existing_file(path, place), name)
    return Target(place, name, directory)


def split_reference(reference: str) -> tuple[str, str | None]:
    """The place and the object's name: `main:app` -> `("main", "app")`, `main.py` -> `("main.py", None)`."""
    place, colon, name = reference.rpartition(":")
    if not colon or name.startswith("\\"):  # "C:\main.py" has a drive, not a name
        return reference, None
    if not place or not all(part.isidentifier() for part in name.split(".")):
        raise AppNotFoundError(f"{reference!r} does not name an app; write module:app, a module or a file")
    return place, name


def default_file(directory: Path) -> Path:
    """The file that holds the app when nobody says which."""
    for name in DEFAULT_FILES:
        if (directory / name).is_file():
            return directory / name
    raise AppNotFoundError(
        f"no app named, and {directory} has none of {', '.join(DEFAULT_FILES)}; "
        "name one, e.g. `laneway run service.py`, or set `app` in [tool.laneway] of pyproject.toml"
    )


def existing_file(path: Path, place: str) -> Path:
    """The path itself, or the `__init__.py` of the package it is."""
    file = path / "__init__.py" if path.is_dir() else path
    if file.is_file():
        return file
    if path.with_suffix(".py").is_file():  # "demo/main" for "demo/main.py"
        return path.with_suffix(".py")
    neighbours = [str(found.name) for found in sorted(path.parent.glob("*.py"))]
    hint = did_you_mean(path.name, neighbours) or listing("Python files there", neighbours)
    raise AppNotFoundError(f"there is no file {place!r} (looked in {path.parent}){hint}")


def target_of_file(file: Path, name: str | None) -> Target:
    """The file's module, named from its outermost package: `src/demo/api/main.py` -> `demo.api.main`."""
    file = file.resolve()
    parts = [] if file.name == "__init__.py" else [file.stem]
    directory = file.parent
    while (directory / "__init__.py").is_file():
        parts.insert(0, directory.name)
        directory = directory.parent
    return Target(".".join(parts), name, directory, file)


def load_app(target: Target, *, factory: bool = False) -> FoundApp:
    """The app at the target.

    Args:
        target: Where it is, from `find_target`.
        factory: The target names a function without arguments that makes the app; `create_app` if it
            names no object.

    Raises:
        AppNotFoundError: The module or the object does not exist, or is no app.
        AppImportError: The app's own code failed.
    """
    module = import_target(target)
    if factory:
        return call_factory(module, target.name or FACTORY_NAME)
    if target.name:
        app = named_object(module, target.name)
        require_app(app, f"{module.__name__}:{target.name}")
        return FoundApp(app, str(target))
    name, app = only_app(module)
    return FoundApp(app, f"{module.__name__}:{name}")


def import_target(target: Target) -> ModuleType:
    """The target's module, imported from the target's directory."""
    if str(target.directory) not in sys.path[:1]:
        sys.path.insert(0, str(target.directory))
    try:
        module = importlib.import_module(target.module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{target.module}.".startswith(f"{error.name}."):
            if error.name == "fastapi":
                error.add_note("With --fastapi, Laneway takes its place.")
            raise AppImportError(f"importing {target.module!r}") from error
        raise AppNotFoundError(missing_module(target, error.name)) from None
    except Exception as error:
        raise AppImportError(f"importing {target.module!r}") from error
    check_origin(module, target)
    return module


def check_origin(module: ModuleType, target: Target) -> None:
    """Refuse a module of the same name from somewhere else, e.g. the standard library's `platform`."""
    origin = getattr(module, "__file__", None)
    if target.file and origin and not target.file.samefile(origin):
        raise AppNotFoundError(
            f"the name {target.module!r} is taken by {origin}, so {target.file} cannot be imported; rename the file"
        )


def missing_module(target: Target, missing: str) -> str:
    """The message for a module that does not exist."""
    found = sorted({file.stem for file in target.directory.glob("*.py") if file.stem.isidentifier()})
    packages = sorted(file.parent.name for file in target.directory.glob("*/__init__.py"))
    hint = did_you_mean(missing, [*found, *packages]) or listing("modules there", [*found, *packages])
    return f"there is no module {missing!r} (looked in {target.directory} and sys.path){hint}"


def named_object(module: ModuleType, name: str) -> object:
    """The object of that name in the module; a dotted name goes through attributes."""
    value: object = module
    for part in name.split("."):
        if not hasattr(value, part):
            hint = listing("it has", describe_objects(module)) + did_you_mean(part, vars(module))
            raise AppNotFoundError(f"module {module.__name__!r} has no object {name!r}{hint}")
        value = getattr(value, part)
    return value


def only_app(module: ModuleType) -> tuple[str, object]:
    """The module's app with its name: `app`, `api`, or the only one there is."""
    apps = {name: value for name, value in vars(module).items() if isinstance(value, Starlette)}
    for name in APP_NAMES:
        if name in apps:
            return name, apps[name]
    if len({id(app) for app in apps.values()}) == 1:
        return next(iter(apps.items()))
    if apps:
        choices = " or ".join(f"{module.__name__}:{name}" for name in apps)
        raise AppNotFoundError(f"module {module.__name__!r} has several apps; choose {choices}")
    raise AppNotFoundError(no_app_message(module))


def no_app_message(module: ModuleType) -> str:
    """The message for a module without an app: what was looked for, what is there."""
    looked = f"looked for {', '.join(APP_NAMES)} and any other Laneway object"
    hint = listing("it has", describe_objects(module))
    if callable(getattr(module, FACTORY_NAME, None)):
        hint = f"; add --factory to call its {FACTORY_NAME}()"
    return f"module {module.__name__!r} has no app ({looked}){hint}"


def require_app(value: object, import_string: str) -> None:
    """Refuse what cannot be served."""
    kind = type(value).__name__
    if isinstance(value, type):
        raise AppNotFoundError(f"{import_string} is a class, not an app; name an instance of it")
    if not callable(value):
        raise AppNotFoundError(f"{import_string} is no app but {article(kind)} {kind}; name a Laneway object")
    if is_factory(value):
        raise AppNotFoundError(f"{import_string} is a function that makes an app; add --factory to call it")


def is_factory(value: object) -> bool:
    """Whether it is a function that can be called without arguments; ASGI apps cannot."""
    if not inspect.isfunction(value):
        return False
    try:
        inspect.signature(value).bind()
    except TypeError:
        return False
    return True


def call_factory(module: ModuleType, name: str) -> FoundApp:
    """The app that the module's factory makes."""
    factory = named_object(module, name)
    import_string = f"{module.__name__}:{name}"
    if isinstance(factory, Starlette) or not callable(factory):
        raise AppNotFoundError(f"{import_string} is no function that makes an app; drop --factory")
    try:
        app: object = factory()
    except Exception as error:
        raise AppImportError(f"calling {import_string}()") from error
    require_app(app, f"what {import_string}() returned")
    return FoundApp(app, f"{import_string}()")


def describe_objects(module: ModuleType) -> list[str]:
    """What a module has beside its imports, each with its kind: `["db (Database)", "main (function)"]`."""
    return [
        f"{name} ({type(value).__name__})"
        for name, value in vars(module).items()
        if not name.startswith("_") and not is_imported(value, module)
    ]


def is_imported(value: object, module: ModuleType) -> bool:
    """Whether it is a module, or a class or function that another module defines."""
    if isinstance(value, ModuleType):
        return True
    return (isinstance(value, type) or inspect.isroutine(value)) and value.__module__ != module.__name__


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """The end of a message that offers the nearest candidate; empty when none is near."""
    near = difflib.get_close_matches(word, candidates, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def listing(title: str, items: list[str], limit: int = 12) -> str:
    """The end of a message that lists what there is, shortened; empty when there is nothing."""
    if not items:
        return ""
    more = f" and {len(items) - limit} more" if len(items) > limit else ""
    return f"; {title}: {', '.join(items[:limit])}{more}"


def article(word: str) -> str:
    """The article before a word."""
    return "an" if word[:1].lower() in "aeiou" else "a"


def format_error(error: BaseException) -> str:
    """A traceback that begins in the app's own code."""
    frame = error.__traceback__
    while frame and frame.tb_frame.f_code.co_filename.startswith(INTERNAL_FRAMES):
        frame = frame.tb_next
    return "".join(traceback.format_exception(type(error), error, frame)).rstrip()
