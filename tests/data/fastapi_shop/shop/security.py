from typing import Annotated

from fastapi import Depends, HTTPException, Security
from fastapi.security import OAuth2PasswordBearer, SecurityScopes
from pydantic import BaseModel

oauth2 = OAuth2PasswordBearer(tokenUrl="token", scopes={"items": "Change items."})


class User(BaseModel):
    name: str
    scopes: list[str] = []


USERS = {"ann": User(name="ann", scopes=["items"]), "bob": User(name="bob")}


def current_user(needed: SecurityScopes, token: Annotated[str, Depends(oauth2)]) -> User:
    user = USERS.get(token.removeprefix("token-of-"))
    if user is None:
        raise HTTPException(401, "Unknown token", headers={"WWW-Authenticate": "Bearer"})
    if not set(needed.scopes) <= set(user.scopes):
        raise HTTPException(403, f"Needs {needed.scope_str}")
    return user


CurrentUser = Annotated[User, Depends(current_user)]
Editor = Annotated[User, Security(current_user, scopes=["items"])]
