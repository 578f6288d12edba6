"""Where and with what the figures were taken."""

import os
import platform
import subprocess
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.load import find_wrk

PACKAGES = ("laneway", "fastapi", "starlette", "pydantic", "uvicorn", "uvloop", "httptools")


def _processor() -> str:
    with Path("/proc/cpuinfo").open() as file:
        names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "source tree"


def _wrk_version() -> str:
    shown = subprocess.run([find_wrk(), "-v"], capture_output=True, text=True, check=False).stdout
    return shown.split("[")[0].split()[1]


def describe(with_load: bool) -> dict[str, str]:
    """Return what a reader needs to judge the figures, in words."""
    tools = {"wrk": _wrk_version()} if with_load else {}
    return {
        "date": time.strftime("%Y-%m-%d"),
        "processor": f"{_processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start",
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        "python": platform.python_version(),
        **{package: _version(package) for package in PACKAGES},
        **tools,
    }
