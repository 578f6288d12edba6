import click
from flask import Blueprint, Flask, current_app

pages = Blueprint("pages", __name__)


@pages.get("/")
def home():
    current_app.logger.warning("somebody came")
    return {"greeting": current_app.config["GREETING"]}


def create_app(config=None):
    app = Flask(__name__)
    app.config["GREETING"] = "Hello"
    app.config.from_prefixed_env("SHOP")
    app.config.update(config or {})
    app.register_blueprint(pages)

    @app.cli.command("greet")
    @click.argument("name")
    @click.option("--times", default=1)
    def greet(name, times):
        """Greet somebody."""
        for _ in range(times):
            click.echo(f"{app.config['GREETING']} {name}")

    return app
