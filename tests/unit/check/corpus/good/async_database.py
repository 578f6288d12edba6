"""The async session of an ORM. Needs sqlalchemy and aiosqlite."""

from typing import Annotated

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from laneway import Depends, Laneway

app = Laneway()


async def session() -> AsyncSession:
    return AsyncSession()


@app.get("/")
async def home(opened: Annotated[AsyncSession, Depends(session)]) -> None:
    await opened.execute(text("select 1"))
    await opened.commit()
    await opened.run_sync(lambda inner: inner.commit())
