"""The HTTP client library that the test clients are built on: httpx2, or httpx where that is not installed."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx2 as httpx
else:
    try:
        import httpx2 as httpx
    except ModuleNotFoundError:
        try:
            import httpx
        except ModuleNotFoundError:
            raise ModuleNotFoundError(
                'laneway.testing needs an HTTP client: pip install "httpx2>=2.0"'
            ) from None

__all__ = ["httpx"]
