"""The tests of the guide's first page."""

import sys
from pathlib import Path

# `from notes import app`, as in the folder of a reader.
sys.path.insert(0, str(Path(__file__).parent))
