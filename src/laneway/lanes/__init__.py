"""Where a call runs: on the event loop, in line, or in a worker thread."""
