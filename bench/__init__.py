"""Laneway measured beside FastAPI and raw ASGI, in one run: `python -m bench`."""
