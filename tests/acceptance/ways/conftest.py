"""What all ways share."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.register_assert_rewrite("tests.acceptance.ways.comparing")

from .apps.kitchen import write_files  # noqa: E402 - the line above must come first


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files to be sent; the same for all sites."""
    return write_files(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="session")
def steady_gzip() -> Iterator[None]:
    """Compressed bytes without the time at which they were made."""
    with pytest.MonkeyPatch.context() as patch:
        # Of that module alone: the clock itself is everybody's.
        patch.setattr(gzip, "time", SimpleNamespace(time=lambda: 0.0))
        yield
