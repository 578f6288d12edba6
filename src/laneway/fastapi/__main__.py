"""`python -m laneway.fastapi` is the command `fastapi`, with Laneway as the framework."""

import laneway.fastapi.hook  # noqa: F401  # at the top: worker processes import this module for it
from laneway.fastapi.cli import main

if __name__ == "__main__":
    main()
