"""Logging in."""

from typing import Annotated

from laneway import APIRouter, Depends, HTTPException, status
from laneway.security import OAuth2PasswordRequestForm

from ..auth import CurrentUser, make_token
from ..db import Database
from ..models import Token, User
from ..passwords import scopes_of
from .answers import LOGIN_NEEDED, problem

router = APIRouter(tags=["account"])


@router.post("/token", responses=problem(401, "Wrong name or password."))
def log_in(form: Annotated[OAuth2PasswordRequestForm, Depends()], db: Database) -> Token:
    """A token for a name and password.

    It allows the scopes that are asked for and that the user has; all the user has if none is asked for.
    """
    allowed = scopes_of(db, form.username, form.password)
    if allowed is None:
        asked = {"WWW-Authenticate": "Bearer"}
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "Wrong name or password.", asked)
    granted = [scope for scope in allowed if not form.scopes or scope in form.scopes]
    user = User(name=form.username, scopes=granted)
    return Token(access_token=make_token(user), scope=" ".join(granted))


@router.get("/me", responses=LOGIN_NEEDED)
def show_me(user: CurrentUser) -> User:
    """Who the token says you are."""
    return user
