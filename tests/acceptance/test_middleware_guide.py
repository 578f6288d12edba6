"""The guide `docs/middleware.md`: its code, run from top to bottom, is an app that does what the page says."""

import re
from pathlib import Path
from typing import Any

import pytest

from laneway.testing import TestClient

GUIDE = Path(__file__).parents[2] / "docs" / "middleware.md"


@pytest.fixture
def app() -> Any:
    """The app of the guide."""
    blocks = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    names: dict[str, Any] = {}
    exec(compile("\n".join(blocks), str(GUIDE), "exec"), names)
    return names["app"]


def test_the_app_of_the_guide_does_what_the_page_says(app: Any) -> None:
    with TestClient(app) as client:
        reply = client.get("/id", headers={"origin": "https://shop.example", "x-user": "ann"})
        visits = [client.get("/visits").json() for _ in range(2)]

    assert reply.json() == {"same": True}
    assert reply.headers["x-user-was"] == "ann"
    assert reply.headers["x-stamp"] == "seen"
    assert reply.headers["access-control-allow-origin"] == "https://shop.example"
    assert reply.headers["strict-transport-security"] == "max-age=31536000"
    assert len(reply.headers["x-request-id"]) == 32
    assert visits == [1, 2]
