from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from fastapi.security import OAuth2PasswordRequestForm

from ..security import USERS, CurrentUser, User

router = APIRouter(tags=["users"])


@router.post("/token")
async def log_in(form: Annotated[OAuth2PasswordRequestForm, Depends()]):
    if form.username not in USERS or form.password != "secret":
        raise HTTPException(status_code=400, detail="Wrong name or password")
    return {"access_token": f"token-of-{form.username}", "token_type": "bearer"}


@router.get("/me", response_model=User, response_model_exclude={"scopes"})
async def me(user: CurrentUser):
    return user
