"""Packages that only those need who ask for them."""

from collections.abc import Iterator
from contextlib import contextmanager

from laneway.exceptions import LanewayError


class MissingPackageError(LanewayError):
    """A feature was asked for whose package is not installed.

    Attributes:
        feature: What was asked for.
        package: What it needs.
        install: The command that brings it.
    """

    def __init__(self, feature: str, package: str, install: str) -> None:
        super().__init__(feature, package, install)
        self.feature = feature
        self.package = package
        self.install = install

    def __str__(self) -> str:
        return f"{self.feature} needs {self.package}; get it with: {self.install}"


@contextmanager
def needed_by(feature: str, module: str, install: str) -> Iterator[None]:
    """Imports in the block that fail for want of `module` say how to get it.

    Raises:
        MissingPackageError: It is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != module:
            raise
        raise MissingPackageError(feature, module, install) from error
