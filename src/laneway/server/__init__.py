"""Serving an app: the options of a server, and uvicorn run with them."""
