"""Not FastAPI: `import fastapi` gives `laneway.fastapi`."""

import sys

# The hook answers imports of `fastapi` from now on; it refuses to where another module has the name.
del sys.modules[__name__]

import laneway.fastapi.hook  # noqa: E402

sys.modules[__name__] = laneway.fastapi
