"""uvicorn's access log as JSON, for what it serves itself: HTTP/2, or all with `--no-direct`."""

import json
import logging
import time
from urllib.parse import unquote


class JSONAccessFormatter(logging.Formatter):
    """Objects with the keys of the direct path's lines, but for the size, which uvicorn does not tell."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; what is no request is formatted as text."""
        if not (isinstance(record.args, tuple) and len(record.args) == 5):
            return super().format(record)
        client, method, target, version, status = record.args
        path, _, query = str(target).partition("?")
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "client": client,
            "method": method,
            "path": unquote(path),
            "query": query,
            "version": version,
            "status": status,
        }
        return json.dumps(line, ensure_ascii=False, separators=(",", ":"))
