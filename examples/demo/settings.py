"""Where the service keeps what must outlive it."""

import os
from pathlib import Path

DATA = Path(os.environ.get("DEMO_DATA") or Path(__file__).parent / "data")
DATABASE = DATA / "catalogue.db"
PICTURES = DATA / "pictures"

PICTURE_BYTES = 1_000_000  # the largest picture that is taken
TOKEN_SECONDS = 3600  # how long a login lasts


def make_folders() -> None:
    """Make the data folder, for this user only, with a note that keeps it out of git."""
    DATA.mkdir(mode=0o700, parents=True, exist_ok=True)
    PICTURES.mkdir(exist_ok=True)
    (DATA / ".gitignore").write_text("*\n")
