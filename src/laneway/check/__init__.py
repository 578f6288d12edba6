"""Finds calls that would block the event loop, by reading the code of an imported app; nothing of it is run.

`laneway check` prints what is found. The scan starts from everything that runs on the loop (endpoints and
dependencies in `async def`, middleware, exception handlers) and follows calls to the real objects that names stand
for: globals, closure cells, attributes of modules and classes, and instances whose class can be told.
"""

from laneway.check.allow import allow_blocking as allow_blocking
