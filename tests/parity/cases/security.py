"""Security schemes and what they say to whom."""

from typing import Annotated, Any

from calls import form, get
from fastapi import Depends, FastAPI, HTTPException, Security
from fastapi.security import (
    APIKeyCookie,
    APIKeyHeader,
    APIKeyQuery,
    HTTPAuthorizationCredentials,
    HTTPBasic,
    HTTPBasicCredentials,
    HTTPBearer,
    HTTPDigest,
    OAuth2AuthorizationCodeBearer,
    OAuth2PasswordBearer,
    OAuth2PasswordRequestForm,
    OAuth2PasswordRequestFormStrict,
    OpenIdConnect,
    SecurityScopes,
)

app = FastAPI(swagger_ui_init_oauth={"clientId": "x"})
oauth2 = OAuth2PasswordBearer(
    tokenUrl="token", scopes={"me": "Me", "items": "Items"}, description="d", refreshUrl="r"
)
soft = OAuth2PasswordBearer(tokenUrl="token", auto_error=False, scheme_name="soft")
SCHEMES: dict[str, Any] = {
    "oauth2": oauth2, "soft": soft, "code": OAuth2AuthorizationCodeBearer("a", "t"), "openid": OpenIdConnect(openIdConnectUrl="/o"), "basic": HTTPBasic(), "basic-realm": HTTPBasic(realm="r", scheme_name="realm"), "basic-soft": HTTPBasic(auto_error=False, scheme_name="bs"), "bearer": HTTPBearer(bearerFormat="JWT"),
    "bearer-soft": HTTPBearer(auto_error=False, scheme_name="hs"), "digest": HTTPDigest(), "query": APIKeyQuery(name="key"), "header": APIKeyHeader(name="X-Key"), "cookie": APIKeyCookie(name="key"), "header-soft": APIKeyHeader(name="X-Soft", auto_error=False, scheme_name="ks"),
}  # fmt: skip


def declare(name: str, scheme: Any) -> None:
    @app.get(f"/{name}", name=name)
    async def read(found: Annotated[Any, Depends(scheme)]) -> Any:
        return found


for one, its_scheme in SCHEMES.items():
    declare(one, its_scheme)


async def user(scopes: SecurityScopes, token: Annotated[str, Depends(oauth2)]) -> str:
    if "items" in scopes.scopes and token != "good":
        raise HTTPException(
            401, f"need {scopes.scope_str}", {"WWW-Authenticate": f'Bearer scope="{scopes.scope_str}"'}
        )
    return f"{token} {scopes.scopes}"


async def active(found: Annotated[str, Security(user, scopes=["me"])]) -> str:
    return found


@app.get("/me")
async def me(found: Annotated[str, Depends(active)]) -> Any:
    return found


@app.get("/items", dependencies=[Security(user, scopes=["items"])])
async def items(
    found: Annotated[str, Security(active, scopes=["items"])], plain: Annotated[str, Depends(user)]
) -> Any:
    return [found, plain]


@app.post("/token")
async def token(data: Annotated[OAuth2PasswordRequestForm, Depends()]) -> Any:
    return vars(data)


@app.post("/strict-token")
def strict_token(data: OAuth2PasswordRequestFormStrict = Depends()) -> Any:
    return vars(data)


@app.get("/either")
def either(
    basic: Annotated[HTTPBasicCredentials | None, Depends(HTTPBasic(auto_error=False))],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))],
) -> Any:
    return [basic, bearer]


AUTH = [
    "Bearer good",
    "bearer  x ",
    "Bearer",
    "Basic dTpw",
    "Basic !!!",
    "Basic dQ==",
    "Basic w6k6w6k=",
    "Digest x",
    "good",
    "",
]
CALLS = [
    *(get(f"/{name}") for name in SCHEMES), *(get(f"/{name}", ("authorization", value)) for name in [*list(SCHEMES)[:10], "either", "me", "items"] for value in AUTH), get("/query?key=k"), get("/query?key="), get("/header", ("x-key", "k")), get("/header", ("x-key", "")), get("/cookie", ("cookie", "key=k")), get("/cookie", ("cookie", "key=")), get("/header-soft", ("x-soft", "1")),
    form("/token", {"username": "u", "password": "p", "scope": "a b  c", "client_id": "i", "client_secret": "s"}), form("/token", {"username": "u", "password": "p", "grant_type": "other"}), form("/token", {}), form("/strict-token", {"username": "u", "password": "p"}), form("/strict-token", {"username": "u", "password": "p", "grant_type": "password"}),
]  # fmt: skip


def DOCUMENT() -> Any:
    """The schema belongs to what is seen."""
    return app.openapi()
