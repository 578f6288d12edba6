"""The synchronous test client: Starlette's class. Needs an HTTP client library, see its documentation."""

from starlette.testclient import TestClient as TestClient
