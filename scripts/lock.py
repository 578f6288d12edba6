"""Write requirements/*.txt: every version that is installed, with its hashes and nothing about where it came from.

Arguments go on to `uv pip compile`, as `--upgrade` or `--upgrade-package starlette`.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Which of the package's own dependencies each environment takes from pyproject.toml. None: not even the package's.
EXTRAS: dict[str, list[str] | None] = {
    "demo": ["standard"],
    "dev": ["standard", "metrics", "jobs", "celery", "http2"],
    "parity": ["standard"],
    "conformance": ["standard"],
    "bench": ["standard"],
    "peers": None,
    "robyn": None,
    "lock": None,
}

OPTIONS = [
    "--no-strip-extras",  # pip asks for them where it checks hashes
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-header",
    "--no-emit-index-url",
    "--no-emit-find-links",
    # A release that is days old may still be withdrawn, or turn out not to be its author's.
    "--exclude-newer=7 days",
    "--exclude-newer-package=fastapi=false",  # pinned by hand: the API that we serve
    "--quiet",
]


def compile_lock(name: str, extras: list[str] | None, arguments: list[str]) -> None:
    """Resolve one environment."""
    sources = [f"requirements/{name}.in"]
    if extras is not None:
        sources += ["pyproject.toml", *(f"--extra={extra}" for extra in extras)]
    command = [sys.executable, "-m", "uv", "pip", "compile", *OPTIONS, *arguments, *sources]
    subprocess.run(
        [*command, f"--output-file=requirements/{name}.txt"], check=True, cwd=ROOT, env=environment()
    )


def environment() -> dict[str, str]:
    """The caller's variables without what would make a lock depend on the machine."""
    return {key: value for key, value in os.environ.items() if key not in ("UV_FIND_LINKS", "PIP_FIND_LINKS")}


def main() -> None:
    """Write every lock."""
    for name, extras in EXTRAS.items():
        compile_lock(name, extras, sys.argv[1:])
        print(f"requirements/{name}.txt")


if __name__ == "__main__":
    main()
