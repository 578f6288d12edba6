import logging
from typing import Annotated

from pydantic_settings import BaseSettings

from laneway import APIRouter, Depends, Laneway, Request

logger = logging.getLogger(__name__)
pages = APIRouter()


class Settings(BaseSettings, env_prefix="SHOP_"):
    greeting: str = "Hello"


def settings_of(request: Request) -> Settings:
    return request.app.state.settings


@pages.get("/")
def home(settings: Annotated[Settings, Depends(settings_of)]):
    logger.warning("somebody came")
    return {"greeting": settings.greeting}


def create_app(settings: Settings | None = None):
    app = Laneway()
    app.state.settings = settings or Settings()
    app.include_router(pages)

    @app.cli.command("greet")
    def greet(name: str, times: int = 1):
        """Greet somebody."""
        for _ in range(times):
            print(f"{app.state.settings.greeting} {name}")

    return app
