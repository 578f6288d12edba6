"""Who is calling: signed tokens, and the dependencies that ask for them."""

from contextlib import closing
from functools import cache
from typing import Annotated

from itsdangerous import BadSignature, URLSafeTimedSerializer

from laneway import Depends, HTTPException, Query, Security, WebSocketException, status
from laneway.security import OAuth2PasswordBearer, SecurityScopes

from .db import connect
from .models import User
from .settings import TOKEN_SECONDS

SCOPES = {
    "catalogue:write": "Change products and their pictures.",
    "history:read": "Read who changed what.",
}
bearer = OAuth2PasswordBearer(tokenUrl="token", scopes=SCOPES)


@cache
def signer() -> URLSafeTimedSerializer:
    """What signs and reads tokens, with the secret that was made with the database."""
    with closing(connect()) as db:
        secret = db.execute("SELECT secret FROM signing").fetchone()["secret"]
    return URLSafeTimedSerializer(secret, salt="token")


def make_token(user: User) -> str:
    """A token that says who the user is; signed, not encrypted."""
    return str(signer().dumps(user.model_dump()))


def read_token(token: str) -> User | None:
    """The user of a token; None if it is not ours or too old."""
    try:
        return User.model_validate(signer().loads(token, max_age=TOKEN_SECONDS))
    except BadSignature:
        return None


def current_user(wanted: SecurityScopes, token: Annotated[str, Depends(bearer)]) -> User:
    """The caller, who must be allowed everything that the endpoint asks for."""
    asked = {"WWW-Authenticate": f'Bearer scope="{wanted.scope_str}"' if wanted.scopes else "Bearer"}
    user = read_token(token)
    if user is None:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "The token is invalid or too old.", asked)
    missing = set(wanted.scopes).difference(user.scopes)
    if missing:
        raise HTTPException(status.HTTP_403_FORBIDDEN, f"Not allowed: {', '.join(sorted(missing))}.", asked)
    return user


def watching_user(token: Annotated[str, Query(description="Browsers cannot send it as a header.")]) -> User:
    """The caller of a WebSocket."""
    user = read_token(token)
    if user is None:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION, "The token is invalid or too old.")
    return user


CurrentUser = Annotated[User, Security(current_user)]
Writer = Annotated[User, Security(current_user, scopes=["catalogue:write"])]
Auditor = Annotated[User, Security(current_user, scopes=["history:read"])]
Watcher = Annotated[User, Depends(watching_user)]
