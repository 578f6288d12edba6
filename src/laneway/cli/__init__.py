"""The command `laneway`: run an app, and look into it."""

import sys

# What the commands import beyond the core; all of it comes with the extra.
NEEDED = {"typer", "rich", "uvicorn", "httpx2"}
INSTALL = 'pip install "laneway[standard]"'


def main() -> None:
    """Run the command line; the entry point of `laneway` and of `python -m laneway`."""
    try:
        from laneway.cli.commands import run

        run()
    except ModuleNotFoundError as error:
        if error.name not in NEEDED:
            raise
        print(f"Error: the command `laneway` needs {error.name}; get it with: {INSTALL}", file=sys.stderr)
        sys.exit(1)
