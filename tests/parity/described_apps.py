"""Apps that use every corner of the document, declared with the names of whichever framework is given.

Each function declares routes on `app`; `web` is `fastapi` or `laneway`, whose names are the same.
"""

# ruff: noqa: B008 - markers as defaults are what is compared here

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from importlib import import_module
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    RootModel,
    WithJsonSchema,
    computed_field,
)
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse
from typing_extensions import TypedDict

T = TypeVar("T")


class Colour(Enum):
    red = "red"
    blue = "blue"


class Inner(BaseModel):
    """Seen.\fUnseen."""  # noqa: D301  # a real form feed

    number: int = Field(3, description="A number")
    when: datetime | None = None


class Hidden(BaseModel):
    x: int


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"inner": None}]})

    inner: Inner = Inner()
    many: list[Inner] = []
    hidden: Annotated[Hidden, PlainSerializer(lambda value: value.x, return_type=int)]
    replaced: Annotated[Hidden, WithJsonSchema({"type": "string"})]
    colour: Colour = Colour.red
    numbers: set[int] = {3, 1}
    wait: timedelta = timedelta(seconds=3)
    price: Decimal = Decimal("1.50")
    blob: bytes = b"abc"


class Computed(BaseModel):
    width: int

    @computed_field  # type: ignore[prop-decorator]
    @property
    def area(self) -> int:
        return self.width * self.width


class Page(BaseModel, Generic[T]):
    items: list[T]
    next: "Page[T] | None" = None


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


@dataclass
class Point:
    x: int
    label: str = "here"
    inner: Inner | None = None


class Options(TypedDict, total=False):
    deep: bool
    inner: Inner


class Filter(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    limit: int = Field(10, alias="max-items", gt=0)
    order_by: str
    tags: list[str] = []
    old: Annotated[int, Field(deprecated=True)] = 0


class Login(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    user: str = Field(alias="u")
    password: str = Field(validation_alias=AliasChoices("p", "secret"))


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: int


class Custom:
    """A type that makes its own schema."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        return handler(int)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> dict[str, Any]:
        return {"type": "string", "format": "custom"}


def plain_parameters(web: Any, app: Any) -> None:
    @app.get("/{number}/{key}/{colour}")
    def read(
        number: Annotated[int, web.Path(gt=3, title="T", description="D")],
        key: UUID,
        colour: Colour,
        other: Colour = web.Query(Colour.red, description="Described"),
        when: datetime = datetime(2020, 1, 1),  # noqa: DTZ001
        day: date | None = web.Query(None, deprecated=True),
        price: Decimal = Decimal("1.5"),
        wait: timedelta = timedelta(seconds=5),
        numbers: list[int] = web.Query([1, 2], examples=[[1]], json_schema_extra={"x-a": 1, "default": 5}),
        names: set[str] = web.Query({"b", "a"}),
        ratio: float = web.Query(
            1.5, le=10, json_schema_extra=lambda schema: schema.update(x=sorted(schema))
        ),
        named: Annotated[int, web.Query(openapi_examples={"a": {"value": 1}, "b": {"value": None}})] = 2,
        unseen: str = web.Query("x", include_in_schema=False),
        custom: Annotated[Custom, web.Query(description="Lost", title="Kept")] = 1,  # type: ignore[assignment]
        replaced: Annotated[int, WithJsonSchema({"type": "string"}), web.Query(description="Lost")] = 3,
        renamed: str = web.Query("x", alias="re-named"),
        chosen: str = web.Query("x", validation_alias=AliasChoices("one", "two")),
        x_token: str = web.Header(),
        y_token: str = web.Header("z", validation_alias=AliasChoices("Y_T", "Y-U")),
        z_token: list[str] | None = web.Header(None, convert_underscores=False),
        session: str = web.Cookie(max_length=3),
    ) -> None: ...


def parameter_models(web: Any, app: Any) -> None:
    @app.get("/models")
    def read(
        query: Annotated[Filter, web.Query()],
        headers: Annotated[Filter, web.Header()],
        raw: Annotated[Filter | None, web.Header(convert_underscores=False)] = None,
        cookies: Annotated[Filter | None, web.Cookie()] = None,
    ) -> None: ...


def bodies(web: Any, app: Any) -> None:
    @app.post("/one", response_model=Outer)
    def one(outer: Outer) -> None: ...

    @app.post("/list", response_model=list[Outer] | None)
    def many(
        outers: Annotated[list[Outer], web.Body(title="T", description="D", min_length=2, examples=[[]])],
    ) -> None: ...

    @app.put("/two", response_model=Page[Inner])
    def two(
        outer: Annotated[Outer, web.Body(title="T")], count: Annotated[int, web.Body(gt=3)] = 5
    ) -> None: ...

    @app.put("/embedded", response_model=list[Computed])
    def embedded(computed: Annotated[Computed, web.Body(embed=True)]) -> None: ...

    @app.post("/pet")
    def pet(pet: Annotated[Cat | Dog, web.Body(discriminator="kind")]) -> Cat | Dog | None: ...

    @app.post("/shapes")
    def shapes(point: Point, options: Options) -> RootModel[dict[str, Point]]: ...

    @app.post("/raw")
    def raw(data: Annotated[bytes, web.Body(media_type="application/octet-stream")]) -> None: ...


def forms(web: Any, app: Any) -> None:
    @app.post("/fields")
    def fields(
        text: Annotated[str, web.Form(description="D")],
        upload: web.UploadFile,
        uploads: list[web.UploadFile] = web.File(description="D"),
        content: bytes | None = web.File(None),
        colour: Colour = web.Form(Colour.red, alias="co-lour"),
    ) -> None: ...

    @app.post("/typed")
    def typed(text: Annotated[str, web.Form(media_type="text/x-form")]) -> None: ...

    annotations: list[Any] = [Login, Login | None, Strict | None, Login | Strict, Login | Strict | None]
    for number, annotation in enumerate(annotations):

        @app.post(f"/alone/{number}")
        def alone(data: Annotated[annotation, web.Form()]) -> None: ...

        @app.post(f"/beside/{number}")
        def beside(
            data: Annotated[annotation, web.Form(title="T", description="D")],
            numbers: Annotated[list[int], web.Form()] = [1],  # noqa: B006
            upload: Annotated[web.UploadFile | None, web.File()] = None,
        ) -> None: ...

        @app.post(f"/optional/{number}")
        def optional(data: Annotated[annotation | None, web.Form()] = None) -> None: ...


def form_dependencies(web: Any, app: Any) -> None:
    def login(data: Annotated[Login, web.Form()]) -> None: ...

    def strict(data: Annotated[Strict | None, web.Form()] = None) -> None: ...

    def number(text: Annotated[int, web.Form()]) -> None: ...

    @app.post("/", dependencies=[web.Depends(strict), web.Depends(number)])
    def submit(
        data: Annotated[Login, web.Form()],
        login: Any = web.Depends(login),
        text: Annotated[str, web.Form()] = "x",
    ) -> None: ...


def responses(web: Any, app: Any) -> None:
    more = {
        404: {"model": Inner, "description": "Gone"},
        "4xx": {"headers": {"X-A": {"schema": {"type": "string"}}}},
        500: {
            "model": Inner,
            "content": {
                "application/json": {"schema": {"x-a": 1}, "example": {"a": None, "b": Decimal("1.5")}}
            },
        },
        "default": {"content": {"text/plain": {}}},
        200: {"description": "Mine", "content": {"image/png": {}}},
        799: {},
    }

    @app.get("/more", responses=more)
    def read(q: int) -> Outer: ...

    @app.get("/none", status_code=204)
    def none() -> None: ...

    @app.get("/redirect", response_class=RedirectResponse)
    def redirect() -> None: ...

    @app.get("/file", response_class=FileResponse, responses={200: {"model": Inner}})
    def file() -> None: ...

    @app.get("/page", response_class=HTMLResponse, status_code=201, response_description="Page")
    def page() -> str: ...

    @app.get("/lines")
    def lines() -> Iterator[Inner]:
        yield Inner()

    sse = import_module(f"{web.__name__}.sse")

    @app.post("/events", response_class=sse.EventSourceResponse)
    async def events(inner: Inner) -> AsyncIterator[Outer]:
        raise NotImplementedError
        yield

    @app.get(
        "/extra", tags=[Colour.red], deprecated=True, openapi_extra={"tags": ["b"], "x-a": None, "x-b": [1]}
    )
    def extra(q: int) -> None: ...


def security(web: Any, app: Any) -> None:
    schemes = import_module(f"{web.__name__}.security")
    token = schemes.OAuth2PasswordBearer("token", scopes={"a": "A", "b": "B"})
    key = schemes.APIKeyHeader(name="X-Key", description="Ask us")
    basic = schemes.HTTPBasic(scheme_name="Plain")

    def user(scopes: schemes.SecurityScopes, token: Any = web.Depends(token)) -> None: ...

    def admin(user: Any = web.Security(user, scopes=["b"]), key: Any = web.Security(key)) -> None: ...

    def limit(x: int) -> None: ...

    @app.get("/", dependencies=[web.Depends(basic), web.Depends(limit), web.Security(user, scopes=["z"])])
    def read(
        x: int = 5, admin: Any = web.Security(admin, scopes=["a"]), token: Any = web.Depends(token)
    ) -> None: ...


def others_calls(web: Any, app: Any) -> None:
    callbacks = web.APIRouter()

    @callbacks.post("{$request.query.url}", response_model=Inner)
    def called_back(outer: Outer) -> None: ...

    @app.post("/", callbacks=callbacks.routes)
    def call(url: str) -> None: ...

    @app.webhooks.post("paid", responses={404: {"description": "D"}})
    def paid(inner: Inner, q: int = 3) -> None:
        """Told when it is paid."""


APPS: list[Callable[[Any, Any], None]] = [
    plain_parameters,
    parameter_models,
    bodies,
    forms,
    form_dependencies,
    responses,
    security,
    others_calls,
]
