"""What `import PACKAGE` costs in a fresh interpreter, and with a first app that has one route.

Run by path with `-P`, and importing next to nothing itself, so that the package finds a bare interpreter.
"""

import os
import sys
import time

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def _rss_mb() -> float:
    with open("/proc/self/statm") as file:  # noqa: PTH123  # nothing else is imported here
        return int(file.read().split()[1]) * PAGE_BYTES / 1e6


def _first_app(package: str, app_class: str) -> None:
    app = getattr(sys.modules[package], app_class)()

    @app.get("/{name}")  # type: ignore[untyped-decorator]  # of a class known only by name
    async def read(name: str) -> str:
        return name


def measure(package: str, app_class: str) -> str:
    """Return CPU time and resident memory as JSON, what the bare interpreter holds taken off."""
    memory, begun = _rss_mb(), time.process_time()
    __import__(package)
    imported, imported_mb = time.process_time(), _rss_mb()
    _first_app(package, app_class)
    finished, finished_mb = time.process_time(), _rss_mb()
    return (
        f'{{"import_ms": {(imported - begun) * 1e3}, "import_mb": {imported_mb - memory}, '
        f'"import_and_app_ms": {(finished - begun) * 1e3}, "import_and_app_mb": {finished_mb - memory}}}'
    )


if __name__ == "__main__":
    print(measure(*sys.argv[1:]))
