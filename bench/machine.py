"""Where and with what the figures were taken."""

import os
import platform
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from bench.environments import versions
from bench.load import find_wrk
from bench.peers import Peer


def _processor() -> str:
    with Path("/proc/cpuinfo").open() as file:
        names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _wrk_version() -> str:
    shown = subprocess.run([find_wrk(), "-v"], capture_output=True, text=True, check=False).stdout
    return shown.split("[")[0].split()[1]


def _packages(peers: Sequence[Peer]) -> dict[str, str]:
    """Return the versions in use; two of one package where two environments differ."""
    found: dict[str, set[str]] = {}
    for peer in peers:
        for name, version in versions(peer).items():
            found.setdefault(name, set()).add(version)
    return {name: " and ".join(sorted(found[name])) for name in sorted(found)}


def describe(peers: Sequence[Peer], with_load: bool) -> dict[str, str]:
    """Return what a reader needs to judge the figures, in words."""
    tools = {"wrk": _wrk_version()} if with_load else {}
    return {
        "date": time.strftime("%Y-%m-%d"),
        "processor": f"{_processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start",
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        "python": platform.python_version(),
        **tools,
        "packages": ", ".join([f"{name} {version}" for name, version in _packages(peers).items()]),
    }
