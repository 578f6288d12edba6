"""The same ten requests through six ways: `laneway run examples/lab/main.py`. Begin reading in `ways.py`."""
