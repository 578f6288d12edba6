"""Parameters of every kind and type, with good and odd values."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal
from uuid import UUID

from calls import get
from fastapi import Cookie, FastAPI, Header, Path, Query, Request
from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, Field, conint, constr

app = FastAPI()


class Colour(str, Enum):
    red = "red"
    blue = "blue"


class Level(IntEnum):
    low = 1
    high = 2


@app.get("/int/{value}")
async def read_int(value: int) -> Any:
    return value


@app.get("/typed/{a}/{b}/{c}/{d}")
def read_typed(a: UUID, b: Colour, c: datetime, d: Decimal) -> Any:
    return [a, b, c, d]


@app.get("/more/{a}/{b}/{c}/{d}/{e}")
def read_more(a: date, b: time, c: timedelta, d: bytes, e: Level) -> Any:
    return [a, b, c, d, e]


@app.get("/float/{value}")
async def read_float(value: float) -> Any:
    return str(value)


@app.get("/bool/{value}")
async def read_bool(value: bool) -> Any:
    return value


@app.get("/files/{file_path:path}")
async def read_file(file_path: PurePosixPath) -> Any:
    return str(file_path)


@app.get("/conv/{number:int}/{rest:float}")
async def read_converted(number: int, rest: float) -> Any:
    return [number, rest]


@app.get("/limits/{n}")
async def limits(
    n: Annotated[int, Path(ge=1, lt=10, multiple_of=2)],
    q: Annotated[str | None, Query(min_length=2, max_length=4, pattern="^[a-z]+$")] = None,
    d: Annotated[Decimal | None, Query(max_digits=4, decimal_places=2)] = None,
    f: Annotated[float, Query(allow_inf_nan=False)] = 1.5,
) -> Any:
    return [n, q, d, f]


@app.get("/query")
async def query(
    q: str,
    many: Annotated[list[int], Query()] = [],
    some: Annotated[set[str] | None, Query()] = None,
    pair: Annotated[tuple[int, str] | None, Query()] = None,
    colour: Colour | None = None,
    kind: Literal["a", "b"] = "a",
    number: float | str | None = None,
    old: bool = Query(default=False, deprecated=True, alias="is-old"),
) -> Any:
    return [q, many, sorted(some) if some else some, pair, colour, kind, number, old]


@app.get("/documented")
async def documented(
    a: Annotated[int, Query(title="A", description="Of a", examples=[1, 2], deprecated=True, ge=1)] = 3,
    b: Annotated[str, Query(description="Of b", json_schema_extra={"x-b": 1, "default": "never"})] = "b",
    c: Annotated[list[Colour], Query(description="Of c", max_length=3)] = [Colour.red],
    d: Annotated[datetime | None, Header(examples=["x"], deprecated=True)] = None,
    e: Annotated[Level, Query(title="E", description="Of e")] = Level.low,
) -> Any:
    return [a, b, c, d, e]


@app.get("/headers")
async def headers(
    user_agent: Annotated[str | None, Header()] = None,
    x_token: Annotated[list[str] | None, Header()] = None,
    strange: Annotated[int, Header(alias="Strange-Number")] = 0,
    raw_name: Annotated[str | None, Header(convert_underscores=False)] = None,
) -> Any:
    return [user_agent, x_token, strange, raw_name]


@app.get("/cookies")
async def cookies(
    session: Annotated[str, Cookie()],
    count: Annotated[int, Cookie()] = 0,
    other: str = Cookie("x", alias="o-t"),
) -> Any:
    return [session, count, other]


class Filters(BaseModel):
    model_config = {"extra": "forbid"}
    limit: int = Field(100, gt=0, le=100)
    offset: int = Field(0, ge=0)
    order_by: Literal["created_at", "updated_at"] = "created_at"
    tags: list[str] = []
    since: datetime | None = None
    alias_me: str = Field("d", alias="aliasMe")
    choice: str = Field("c", validation_alias=AliasChoices("one", "two"))


@app.get("/model")
async def model(filters: Annotated[Filters, Query()]) -> Any:
    return filters


class CommonHeaders(BaseModel):
    model_config = {"extra": "forbid"}
    host: str
    save_data: bool
    if_modified_since: str | None = None
    x_tag: list[str] = []


@app.get("/header-model")
async def header_model(given: Annotated[CommonHeaders, Header()]) -> Any:
    return given


class Cookies(BaseModel):
    session_id: str
    tracker: int | None = None


@app.get("/cookie-model")
async def cookie_model(given: Annotated[Cookies, Cookie()]) -> Any:
    return given


Shouted = Annotated[str, AfterValidator(str.upper)]
Split = Annotated[list[str], BeforeValidator(lambda value: [p for v in value for p in v.split(",")]), Query()]


@app.get("/validators")
async def validators(
    word: Shouted, parts: Split, small: conint(gt=3) = 5, text: constr(strip_whitespace=True) = ""
) -> Any:  # type: ignore[valid-type]
    return [word, parts, small, text]


@app.get("/factory")
async def factory(ids: Annotated[list[int], Query(default_factory=lambda: [1, 2])]) -> Any:
    return ids


@app.get("/any")
async def anything(request: Request, a: Any = None, b: "str | None" = None, *, c: int = 3) -> Any:
    return [a, b, c, str(request.query_params), dict(request.query_params)]


CALLS = [
    *(get(f"/int/{value}") for value in ["1", "-1", "%2B1", "1.0", "1.5", "x", "1e3", "%20%201", "1_000", "٣", "", "9" * 60, "9" * 4500, "0x1", "true"]),
    get("/typed/00000000-0000-0000-0000-000000000001/red/2024-01-01T00:00:00Z/1.50"),
    get("/typed/1/green/yesterday/x"),
    get("/typed/{00000000-0000-0000-0000-000000000001}/RED/1700000000/NaN"),
    get("/more/2024-01-31/10:11:12.5/PT3S/abc/2"),
    get("/more/2024-02-31/25:00/90/%ff/3"),
    get("/more/x/x/x/x/x"),
    *(get(f"/float/{value}") for value in ["1", "nan", "inf", "-Infinity", "1e400", "x", "1_0.5", ".5"]),
    *(get(f"/bool/{value}") for value in ["1", "0", "yes", "off", "TRUE", "2", "t", "null", ""]),
    get("/files/a/b/../c.txt"), get("/files/"), get("/files//x"), get("/files/%2e%2e/ü"),
    get("/conv/12/1.5"), get("/conv/x/1"), get("/conv/12/x"), get("/conv/99999999999999999999/1"),
    get("/limits/2"), get("/limits/11?q=A&d=123.456&f=nan"), get("/limits/3?q=abcde"), get("/limits/0?f=inf&d=x"),
    get("/query"), get("/query?q="), get("/query?q=a&q=b"), get("/query?q=a&many=1&many=2&many=x&many=y"),
    get("/query?q=a&some=x&some=y&some=x&pair=1&pair=b"), get("/query?q=a&pair=1"), get("/query?q=a&pair=x&pair=b&pair=c"),
    get("/query?q=a&colour=green&kind=c&is-old=maybe"), get("/query?q=a&number=1"), get("/query?q=a&number=1.5"),
    get("/query?q=a&number=x"), get("/query?q=%F0%9F%98%80+%2B&old=1"), get("/query?q=%zz&many="), get("/query?q=%ff"),
    get("/query?q"), get("/query?q;many=1"), get("/query?=1&q=2&&many=3&"), get("/query?q=a%00b"), get("/query?q=a=b=c"),
    get("/query?q=a&many=1,2"), get("/query?many=%31&q=%71"), get("/query?q=\xe9"), get("/query?Q=1"), get("/query?q=a&many[]=1"),
    get("/headers"), get("/headers", ("User-Agent", "me"), ("X-Token", "a"), ("x-token", "b, c"), ("Strange-Number", "7")),
    get("/headers", ("strange-number", "x"), ("raw_name", "kept"), ("raw-name", "not")), get("/headers", ("user-agent", "caf\xe9"), ("x-token", "")),
    get("/cookies"), get("/cookies", ("cookie", "session=a; count=3; o-t=z")), get("/cookies", ("cookie", 'session="quoted\\054"; count=x')),
    get("/cookies", ("cookie", "session=a"), ("cookie", "count=4")), get("/cookies", ("cookie", "session")), get("/cookies", ("cookie", "session=; count=")),
    get("/cookies", ("cookie", "session=1; session=2;;count = 5")),
    get("/model"), get("/model?limit=5&tags=a&tags=b&since=2024-01-01"), get("/model?limit=0&offset=-1&order_by=x&unknown=1&tool=2"),
    get("/model?aliasMe=1&one=2"), get("/model?alias_me=1"), get("/model?two=3"), get("/model?choice=3"), get("/model?limit=5&limit=6"), get("/model?limit="),
    get("/header-model", ("save-data", "true"), ("x-tag", "a"), ("x-tag", "b")), get("/header-model", ("save_data", "true")), get("/header-model", ("save-data", "1"), ("extra", "1"), ("tool", "1")),
    get("/cookie-model", ("cookie", "session_id=1; tracker=2; more=3")), get("/cookie-model", ("cookie", "tracker=x")), get("/cookie-model"),
    get("/validators?word=a&parts=a,b&parts=c"), get("/validators?word=a&parts=&small=3&text=%20a%20"), get("/validators"),
    get("/factory"), get("/factory?ids=3"), get("/factory?ids=x"),
    get("/any?a=1&a=2&b=&c=x"), get("/any"), get("/any?a=1&a=2&b=&c=4&d=%26"),

]  # fmt: skip


def DOCUMENT() -> Any:
    """The schema belongs to what is seen."""
    return app.openapi()
