from notes import app

from laneway.testing import TestClient


def test_a_note_is_found_where_it_was_put() -> None:
    with TestClient(app) as client:
        note = client.post("/notes", json={"text": "Buy tea"}).json()
        assert client.get(f"/notes/{note['id']}").json() == note
