"""What somebody reads who lacks a package."""

import pickle
import sys
from collections.abc import Callable

import pytest

from laneway import Laneway, metrics
from laneway.metrics import MissingPackageError
from laneway.metrics.optional import needed_by


@pytest.mark.parametrize(
    ("feature", "package", "install"),
    [
        (metrics.prometheus, "prometheus_client", 'pip install "laneway[metrics]"'),
        (metrics.opentelemetry, "opentelemetry", "pip install opentelemetry-api"),
    ],
)
def test_the_error_says_what_to_install(
    feature: Callable[[Laneway], None], package: str, install: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package is needed by those who ask for the feature, and they are told."""
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setitem(sys.modules, f"{package}.metrics", None)
    monkeypatch.delitem(sys.modules, "laneway.metrics.collector", raising=False)

    with pytest.raises(MissingPackageError, match="needs") as caught:
        feature(Laneway())

    assert str(caught.value).endswith(f"{package}; get it with: {install}")


def test_another_missing_module_is_not_blamed_on_the_feature() -> None:
    """The reason stays what it is."""
    with pytest.raises(ModuleNotFoundError), needed_by("a feature", "package", "pip install package"):
        import no_such_module  # noqa: F401


def test_the_error_survives_pickling() -> None:
    """As every error of ours."""
    error = pickle.loads(pickle.dumps(MissingPackageError("a", "b", "c")))

    assert str(error) == "a needs b; get it with: c"
