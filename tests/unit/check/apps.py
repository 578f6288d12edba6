"""Apps in files of their own, as the scan reads files."""

import importlib.util
import itertools
import sys
from pathlib import Path

from laneway.check.findings import Problem, Report
from laneway.check.scan import scan

HEAD = """\
import asyncio, subprocess, threading, time
from laneway import Depends, Laneway
app = Laneway()
"""
_numbers = itertools.count()


def app_of(directory: Path, code: str) -> object:
    """The app that the code makes, after imports that save typing."""
    name = f"checked_{next(_numbers)}"
    file = directory / f"{name}.py"
    file.write_text(HEAD + code)
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec
    assert spec.loader
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.app


def report_of(directory: Path, code: str) -> Report:
    """What the scan finds in it."""
    return scan(app_of(directory, code))


def problem_of(directory: Path, code: str) -> Problem:
    """The only thing that the scan finds in it."""
    (problem,) = report_of(directory, code).problems
    return problem
