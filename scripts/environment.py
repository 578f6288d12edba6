"""Make one environment and print the path of its interpreter.

    python3.12 scripts/environment.py dev        ->  /…/.venv/dev-3.12/bin/python

The environment belongs to the interpreter that runs this file. It holds what `requirements/NAME.txt` locks, checked
by hash, and this package in editable form. A second call does nothing until the lock or the project's table in
pyproject.toml changes.
"""

import argparse
import hashlib
import importlib.util
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def run(*command: str | Path) -> None:
    """Run a command; its output goes to stderr, because stdout holds our answer."""
    if subprocess.run(command, check=False, cwd=ROOT, stdout=sys.stderr).returncode:
        sys.exit(f"failed: {' '.join(map(str, command))}")


def can_make_environments() -> bool:
    """Whether `python -m venv` works: Debian ships its two halves in a package of their own."""
    return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))


def fingerprint(lock: Path) -> str:
    """What the environment is made of, and where, as one short text."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    parts = [sys.version, str(ROOT), lock.read_text(), repr(project)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def build(folder: Path, lock: Path) -> None:
    """Make the environment from nothing."""
    if not can_make_environments():
        run(ROOT / "scripts" / "install-packages", f"python{VERSION}-venv")
    print(f"making {folder.relative_to(ROOT)} from {lock.relative_to(ROOT)}", file=sys.stderr)
    run(sys.executable, "-m", "venv", "--clear", folder)
    pip = (folder / "bin" / "python", "-m", "pip", "install", "-qq")
    run(*pip, "--require-hashes", "-r", lock)
    run(*pip, "--no-deps", "--no-build-isolation", "--editable", ROOT)


def main() -> None:
    """Read the command line, make what is missing, print the interpreter."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("name", help="the environment, by its lock file in requirements/")
    name = parser.parse_args().name
    lock = ROOT / "requirements" / f"{name}.txt"
    if not lock.exists():
        parser.error(f"no lock file {lock.relative_to(ROOT)}")
    folder = ROOT / ".venv" / f"{name}-{VERSION}"
    stamp = folder / "fingerprint"
    wanted = fingerprint(lock)
    if not stamp.exists() or stamp.read_text() != wanted:
        build(folder, lock)
        stamp.write_text(wanted)
    print(folder / "bin" / "python")


if __name__ == "__main__":
    main()
