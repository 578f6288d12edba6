"""`laneway do`: the commands that an app brings."""

import subprocess
import sys
from pathlib import Path

from laneway import Laneway

APP = """\
from laneway import Laneway

app = Laneway()

@app.cli.command()
def create_user(name: str, admin: bool = False) -> None:
    "Add a user."
    print(name, admin)

@app.cli.command()
async def wait() -> None:
    print("waited")

@app.cli.command()
def fail() -> None:
    raise SystemExit(7)

bare = Laneway()
"""


def do(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """`laneway do`, finished, in a folder with the app."""
    (folder / "main.py").write_text(APP)
    return subprocess.run(
        [sys.executable, "-m", "laneway", "do", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_a_command_runs_with_its_arguments(tmp_path: Path) -> None:
    assert do(tmp_path, "create-user", "ann", "--admin").stdout == "ann True\n"


def test_a_coroutine_function_is_a_command_as_well(tmp_path: Path) -> None:
    assert do(tmp_path, "wait").stdout == "waited\n"


def test_the_app_can_be_named(tmp_path: Path) -> None:
    assert do(tmp_path, "--app", "main:app", "create-user", "bob").stdout == "bob False\n"


def test_the_app_of_the_project_file_is_used(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.laneway]\napp = "main:bare"\n')
    assert "main:bare has no commands" in do(tmp_path, "wait").stderr


def test_without_a_name_the_commands_are_listed(tmp_path: Path) -> None:
    assert "Add a user." in do(tmp_path).stdout


def test_a_command_explains_itself(tmp_path: Path) -> None:
    assert "--admin" in do(tmp_path, "create-user", "--help").stdout


def test_the_exit_status_is_that_of_the_command(tmp_path: Path) -> None:
    assert do(tmp_path, "fail").returncode == 7


def test_an_unknown_command_is_refused(tmp_path: Path) -> None:
    assert "No such command" in do(tmp_path, "creat-user").stderr


def test_a_command_stays_a_function() -> None:
    app = Laneway()

    @app.cli.command()
    def greet(name: str) -> str:
        return f"Hello {name}"

    assert greet("Ann") == "Hello Ann"


def test_an_app_without_commands_says_how_to_make_one(tmp_path: Path) -> None:
    assert "`@app.cli.command()` makes one" in do(tmp_path, "--app", "main:bare", "wait").stderr
