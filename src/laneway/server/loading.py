"""Loading the app in the process that serves it, which with `--reload` or `--workers` is a child process."""

import gc
import importlib
import multiprocessing
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from laneway.discovery import AppImportError, AppNotFoundError, FoundApp, Target, load_app
from laneway.server.streams import give_up_output
from laneway.server.way import describe

FASTAPI_HOOK = (
    "laneway.fastapi.hook"  # imported by name: of our modules, only a user's wish reaches that package
)
STARTUP_FAILURE = 3  # exit status by which uvicorn's supervisors know that a restart would fail alike


@dataclass(frozen=True, slots=True)
class Served:
    """What a server that is ready serves, and where.

    Attributes:
        found: The app.
        url: Its address.
        first: Whether this is the first process that serves it, not one after a restart.
        way: Whether requests are served directly, and which are not.
    """

    found: FoundApp
    url: str
    first: bool
    way: str


@dataclass(slots=True)
class AppLoader:
    """Makes the app when called, and tells when it is served; pickles into child processes.

    Attributes:
        target: Where the app is.
        on_ready: Called when requests are answered: once, and again after each restart by `reload`.
        factory: The target names a function that makes the app.
        fastapi: `import fastapi` gives Laneway.
        reload: The process is started anew whenever a file changes.
        url: Where it will be served.
        indirect: Why no request is served directly; empty if that is up to the app.
    """

    target: Target
    on_ready: Callable[[Served], None]
    factory: bool = False
    fastapi: bool = False
    reload: bool = False
    url: str = ""
    indirect: str = ""
    found: FoundApp | None = field(default=None, init=False)

    def load(self) -> FoundApp:
        """The app; loaded once.

        Raises:
            AppNotFoundError: It does not exist.
            AppImportError: Its own code failed.
        """
        if self.found is None:
            if self.fastapi:
                install_fastapi()
            self.found = load_app(self.target, factory=self.factory)
        return self.found

    def __call__(self) -> object:
        """The app, for uvicorn; if it cannot be loaded, the process ends with the reason on stderr."""
        try:
            return self.load().app
        except (AppNotFoundError, AppImportError) as error:
            way_out = "\nSave a file to try again.\n" if self.reload else "\n"
            sys.stderr.write(f"Error: {error}{way_out}")
            sys.exit(STARTUP_FAILURE)

    async def announce(self) -> None:
        """Report that the app is served."""
        set_aside_what_stays()
        first = first_process()
        if first or self.reload:
            found = self.load()
            try:
                self.on_ready(Served(found, self.url, first, describe(found.app, self.indirect)))
            except (OSError, SystemExit):  # rich ends the program when nobody reads
                give_up_output()


def set_aside_what_stays() -> None:
    """Spare the garbage collector what start-up has made: modules, models, routes, plans.

    It looked at all of it in every full collection, which takes 15 ms for the smallest app, more with each library, and
    the event loop stands still meanwhile.
    """
    gc.collect()
    gc.freeze()


def install_fastapi() -> None:
    """Let `import fastapi` give Laneway in this process.

    Raises:
        AppImportError: That came too late or failed otherwise.
    """
    try:
        importlib.import_module(FASTAPI_HOOK)
    except Exception as error:
        raise AppImportError(f"importing {FASTAPI_HOOK!r}") from error


def first_process() -> bool:
    """Whether no earlier process of this command has served; multiprocessing numbers them from 1."""
    return multiprocessing.current_process().name in {"MainProcess", "SpawnProcess-1"}
