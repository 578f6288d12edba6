"""`laneway run` in a process that counts: at its end it writes which way its requests have taken.

    BENCH_COUNTERS=DIR python -m bench.counted run main:app

Every process that has served writes `DIR/PID.json`: an object of numbers by the way's name. Workers import this as their
main module, too. The product has no switch for it.
"""

import atexit
import json
import os
import sys
from pathlib import Path

FOLDER_VARIABLE = "BENCH_COUNTERS"


def write() -> None:
    """Write what this process has counted, if it has served anything."""
    service = sys.modules.get("laneway.server.direct.service")
    if service is not None and (counted := service.counts()):
        file = Path(os.environ[FOLDER_VARIABLE]) / f"{os.getpid()}.json"
        file.write_text(json.dumps(counted), encoding="utf-8")


if FOLDER_VARIABLE in os.environ:  # tests import this, too
    atexit.register(write)

if __name__ == "__main__":
    from laneway.cli import main

    main()
