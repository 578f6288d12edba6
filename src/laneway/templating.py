"""HTML from Jinja templates: Starlette's class. Needs `jinja2`."""

from starlette.templating import Jinja2Templates as Jinja2Templates
