"""A small catalogue service on SQLite: `laneway run examples/demo/main.py`. Begin reading in `main.py`."""
