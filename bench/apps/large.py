"""1,000 routes: 20 routers of 50, each nested in one of 4 parent routers."""

from bench.apps.framework import APIRouter, Application
from bench.apps.models import Entry

PARENTS, ROUTERS, ROUTES = 4, 5, 50
FIRST_PATH = "/area0/group0/entry0/7"
LAST_PATH = f"/area{PARENTS - 1}/group{ROUTERS - 1}/entry{ROUTES - 1}/7"


def _add_entry(router: APIRouter, number: int) -> None:
    path = f"/entry{number}/{{entry_id}}"

    async def read_entry(entry_id: int, q: str | None = None) -> Entry:
        return Entry(id=entry_id, title=path, note=q)

    async def write_entry(entry_id: int, entry: Entry) -> Entry:
        return entry.model_copy(update={"id": entry_id})

    if number % 5 == 2:
        router.post(path)(write_entry)
    else:
        router.get(path)(read_entry)


def _group(number: int) -> APIRouter:
    router = APIRouter(prefix=f"/group{number}", tags=[f"group{number}"])
    for route in range(ROUTES):
        _add_entry(router, route)
    return router


def _area(number: int) -> APIRouter:
    router = APIRouter(prefix=f"/area{number}")
    for group in range(ROUTERS):
        router.include_router(_group(group))
    return router


def build() -> Application:
    """Return a new app with all 1,000 routes."""
    app = Application(title="bench")
    for area in range(PARENTS):
        app.include_router(_area(area))
    return app
