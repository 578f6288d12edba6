"""How many calls of one dependency declaration run at once."""

from weakref import WeakKeyDictionary

from anyio import Semaphore
from anyio.lowlevel import RunVar


class DependencyConcurrency:
    """The limit of one `Depends(max_concurrency=...)`, counted per event loop.

    Identity matters: two declarations with equal limits count apart.
    """

    def __init__(self, max_concurrency: int) -> None:
        self.max_concurrency = max_concurrency

    def get_semaphore(self) -> Semaphore:
        """The semaphore of the running event loop, made on first use."""
        semaphores = _semaphores_of_loop()
        if self not in semaphores:
            semaphores[self] = Semaphore(self.max_concurrency)
        return semaphores[self]


# Weak keys, so that a declaration that is gone takes its semaphores with it.
_semaphores: RunVar[WeakKeyDictionary[DependencyConcurrency, Semaphore]] = RunVar(
    "laneway_dependency_semaphores"
)


def _semaphores_of_loop() -> WeakKeyDictionary[DependencyConcurrency, Semaphore]:
    try:
        return _semaphores.get()
    except LookupError:
        semaphores: WeakKeyDictionary[DependencyConcurrency, Semaphore] = WeakKeyDictionary()
        _semaphores.set(semaphores)
        return semaphores
