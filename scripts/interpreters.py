"""Print the interpreters the tests run on: the oldest and the newest supported one of this machine.

Looked for on the PATH, then among pyenv's versions. Where there is one only, it is printed alone. Each is asked for
its version, because a name on the PATH may be a shim that answers with an error.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SUPPORTED = ((3, 11), (3, 12), (3, 13))
ASK = "import sys; print(*sys.version_info[:2], sys.executable, sep='\\n')"


def candidates() -> Iterator[str]:
    """Every command that may be a Python, best first."""
    yield sys.executable
    names = [f"python{major}.{minor}" for major, minor in SUPPORTED]
    for name in (*names, "python3"):
        yield from filter(None, [shutil.which(name)])
    for root in pyenv_roots():
        yield from (str(root / "versions" / version / "bin" / "python") for version in pyenv_versions(root))


def pyenv_roots() -> list[Path]:
    """Where pyenv keeps its versions, if it is there."""
    if root := os.environ.get("PYENV_ROOT"):
        return [Path(root)]
    if pyenv := shutil.which("pyenv"):
        answer = subprocess.run([pyenv, "root"], capture_output=True, text=True, check=True)
        return [Path(answer.stdout.strip())]
    return []


def pyenv_versions(root: Path) -> list[str]:
    """The installed versions, newest patch release first."""
    folders = (root / "versions").glob("3.*")
    names = [folder.name for folder in folders if folder.name.replace(".", "").isdigit()]
    return sorted(names, key=lambda name: [int(part) for part in name.split(".")], reverse=True)


def ask(command: str) -> tuple[tuple[int, int], str] | None:
    """The version and the real path of an interpreter; None if it does not run."""
    try:
        done = subprocess.run([command, "-c", ASK], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    major, minor, path = done.stdout.split("\n")[:3]
    return (int(major), int(minor)), path


def found() -> dict[tuple[int, int], str]:
    """One interpreter of each supported version."""
    interpreters: dict[tuple[int, int], str] = {}
    for command in dict.fromkeys(candidates()):
        answer = ask(command)
        if answer and answer[0] in SUPPORTED:
            interpreters.setdefault(*answer)
    return interpreters


def main() -> None:
    """Print the oldest and the newest, one per line."""
    interpreters = found()
    if not interpreters:
        sys.exit("no Python 3.11, 3.12 or 3.13 found")
    for version in dict.fromkeys([min(interpreters), max(interpreters)]):
        print(interpreters[version])


if __name__ == "__main__":
    main()
