"""Run uvicorn's own tests with our protocol class in the place of theirs.

    python scripts/uvicorn_suite.py              with ours
    python scripts/uvicorn_suite.py --stock      with theirs, to see that the tests themselves are in order
    python scripts/uvicorn_suite.py -k websocket -x

The tests come from the source distribution of the uvicorn that requirements/dev.txt pins; they, and an environment for
them, are kept under .venv/. A test may fail only if it is listed below, with a reason.
"""

import argparse
import os
import re
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "dev.txt"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
# What its tests need beside what its own extra has; the versions are those that uvicorn names.
NEEDED = (
    "a2wsgi==1.10.10",
    "cryptography>=44.0.3",
    "httpx2",
    "pytest>=9.1.1",
    "pytest-mock==3.15.1",
    "pytest-xdist[psutil]==3.8.0",
    "trustme==1.2.1",
    "wsproto==1.3.2",
)
PINNED = re.compile(r"^([A-Za-z0-9._-]+(?:\[[^\]]*\])?==[^\s;\\]+)", re.MULTILINE)
_PRIVATE = "looks at a private attribute of uvicorn's class"
_LIMIT = "a head of more than 64 KiB is refused: 431"
ALLOWED: dict[str, str] = {
    "protocols.test_http::test_huge_headers_httptools": _LIMIT,
    "protocols.test_http::test_huge_headers_httptools_will_pass": _LIMIT,
    "protocols.test_http::test_keepalive_timeout_with_pipelined_requests": _PRIVATE,
    "protocols.test_http::test_keepalive_timeout_with_pipelined_websocket_upgrade": _PRIVATE,
    "protocols.test_http::test_scopes": _PRIVATE,
    "protocols.test_http::test_unsupported_ws_upgrade_request_warn_on_auto": _PRIVATE,
    "test_auto_detection::test_http_auto": "asks for the name of uvicorn's class",
}
"""Tests that may fail, by their names without parameters, and why."""


@dataclass(slots=True)
class Results:
    """What came of a run.

    Attributes:
        passed: How many passed.
        skipped: How many were skipped.
        failed: The names of those that failed, with the last line of the reason.
    """

    passed: int = 0
    skipped: int = 0
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def unexpected(self) -> list[str]:
        """Failures that are not on the list."""
        return [name for name in self.failed if without_parameters(name) not in ALLOWED]


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run a command, or end with its name."""
    if subprocess.run(command, check=False, cwd=cwd).returncode:
        sys.exit(f"failed: {' '.join(map(str, command))}")


def pins() -> list[str]:
    """Everything that the lock of the development environment pins."""
    return PINNED.findall(LOCK.read_text())


def pinned_version() -> str:
    """The version of uvicorn in it."""
    return next(pin.partition("==")[2] for pin in pins() if pin.startswith("uvicorn"))


def unpacked(folder: Path, version: str) -> Path:
    """The source distribution, fetched once."""
    source = folder / f"uvicorn-{version}"
    if not source.exists():
        folder.mkdir(parents=True, exist_ok=True)
        wanted = ("--no-binary", ":all:", "--no-deps", f"uvicorn=={version}")
        run(sys.executable, "-m", "pip", "download", "-q", *wanted, "-d", folder)
        with tarfile.open(next(folder.glob("uvicorn-*.tar.gz"))) as archive:
            archive.extractall(folder, filter="data")
    return source


def interpreter(folder: Path, version: str) -> Path:
    """The interpreter of an environment with uvicorn, what its tests need, and this package."""
    environment = folder / f"env-{PYTHON}"
    python = environment / "bin" / "python"
    if not (environment / "complete").exists():
        run(sys.executable, "-m", "venv", "--clear", environment)
        constraints = folder / "constraints.txt"
        constraints.write_text("\n".join(re.sub(r"\[.*\]", "", pin) for pin in pins()))
        packages = (f"uvicorn[standard]=={version}", *NEEDED)
        run(python, "-m", "pip", "install", "-q", "-c", constraints, *packages)
        run(python, "-m", "pip", "install", "-q", "-c", constraints, ROOT)
        run(
            python, "-m", "pip", "uninstall", "-q", "-y", "laneway"
        )  # its dependencies stay; it comes from src/
        (environment / "complete").touch()
    return python


def without_parameters(name: str) -> str:
    """The name of a test function."""
    return name.partition("[")[0]


def read_report(path: Path) -> Results:
    """The results in a JUnit file."""
    results = Results()
    for case in ET.parse(path).iter("testcase"):  # noqa: S314  # pytest has just written it
        name = f"{case.get('classname', '').removeprefix('tests.')}::{case.get('name')}"
        trouble = case.find("failure")
        if trouble is None:
            trouble = case.find("error")
        if trouble is not None:
            results.failed[name] = (trouble.get("message") or "").split("\n")[0]
        elif case.find("skipped") is not None:
            results.skipped += 1
        else:
            results.passed += 1
    return results


def test(python: Path, source: Path, report: Path, *, stock: bool, more: list[str]) -> Results:
    """Run the tests."""
    paths = [str(ROOT / "src"), str(ROOT / "scripts")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    plugin = [] if stock else ["-p", "direct_in_uvicorn"]
    # Its own options ask for eight processes.
    options = ("-o", "addopts=", "--strict-markers", "-q", "--tb=short", f"--junitxml={report}", "-n", "2")
    command: tuple[str | Path, ...] = (
        python,
        "-m",
        "pytest",
        *plugin,
        *options,
        "--ignore=tests/benchmarks",
        *more,
    )
    subprocess.run(command, check=False, cwd=source, env=environment)
    return read_report(report)


def show(results: Results) -> None:
    """Print what failed, and how many did not."""
    for name, message in sorted(results.failed.items()):
        reason = ALLOWED.get(without_parameters(name))
        print(f"{'allowed' if reason else 'FAILED '} {name}: {reason or message}")
    print(
        f"{results.passed} passed, {len(results.failed)} failed ({len(results.unexpected)} of them not allowed to), "
        f"{results.skipped} skipped"
    )


def main() -> None:
    """Read the command line, prepare, run, report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stock", action="store_true", help="run with uvicorn's own class")
    parser.add_argument("--version", default=pinned_version(), help="of uvicorn")
    options, more = parser.parse_known_args()
    folder = ROOT / ".venv" / f"uvicorn-suite-{options.version}"
    source = unpacked(folder, options.version)
    results = test(
        interpreter(folder, options.version), source, folder / "report.xml", stock=options.stock, more=more
    )
    show(results)
    sys.exit(bool(results.unexpected or not results.passed))


if __name__ == "__main__":
    main()
