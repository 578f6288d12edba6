"""The framework under measurement, chosen by `BENCH_FRAMEWORK`, so that both run the same app source."""

import os
from importlib import import_module
from typing import TYPE_CHECKING

from bench.peers import APP_CLASSES, FRAMEWORK_VARIABLE

__all__ = ["APIRouter", "Application", "Depends", "EventSourceResponse", "Query", "Response"]

if TYPE_CHECKING:
    from laneway import APIRouter, Depends, Query
    from laneway import Laneway as Application
    from laneway.responses import Response
    from laneway.sse import EventSourceResponse
else:
    _name = os.environ[FRAMEWORK_VARIABLE]
    _module = import_module(_name)
    Application = getattr(_module, APP_CLASSES[_name])
    APIRouter = _module.APIRouter
    Depends = _module.Depends
    Query = _module.Query
    Response = import_module(f"{_name}.responses").Response
    EventSourceResponse = import_module(f"{_name}.sse").EventSourceResponse
