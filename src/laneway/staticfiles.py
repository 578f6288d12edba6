"""Files of a directory, served over HTTP: Starlette's app, to mount."""

from starlette.staticfiles import StaticFiles as StaticFiles
