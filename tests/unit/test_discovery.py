"""Finding apps: the place from what was said, the object from the place, and messages that help when there is none."""

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from laneway.discovery import AppImportError, AppNotFoundError, Target, find_target, load_app

APP = "from laneway import Laneway\napp = Laneway(title='found')\n"
NUMBERS = itertools.count()


@pytest.fixture(autouse=True)
def unchanged_imports(tmp_path: Path) -> Iterator[None]:
    """The import system as it was, whatever the test's modules did."""
    path, modules = sys.path.copy(), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def module() -> str:
    """A module name that no other test uses: imported modules are kept by Python."""
    return f"service_{next(NUMBERS)}"


def write(file: Path, text: str = APP) -> Path:
    """The file with that text, its directories made."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def failure(reference: str | None, directory: Path, *, factory: bool = False) -> str:
    """The message when no app can be loaded."""
    with pytest.raises(AppNotFoundError) as caught:
        load_app(find_target(reference, directory), factory=factory)
    return str(caught.value)


def test_a_module_and_name_are_taken_as_they_are(tmp_path: Path) -> None:
    """Nothing is looked up before the import."""
    assert find_target("shop.main:app", tmp_path) == Target("shop.main", "app", tmp_path)


def test_the_name_may_lead_through_attributes(tmp_path: Path) -> None:
    """As in `holder.app`."""
    assert find_target("main:holder.app", tmp_path).name == "holder.app"


def test_a_file_is_a_module_in_its_directory(tmp_path: Path) -> None:
    """A script's directory goes to the import path, as when Python runs it."""
    file = write(tmp_path / "demo" / "main.py")

    assert find_target("demo/main.py", tmp_path) == Target("main", None, tmp_path / "demo", file)


def test_a_file_in_packages_is_named_from_the_outermost(tmp_path: Path) -> None:
    """So that its relative imports work."""
    write(tmp_path / "src" / "shop" / "__init__.py", "")
    write(tmp_path / "src" / "shop" / "api" / "__init__.py", "")
    file = write(tmp_path / "src" / "shop" / "api" / "main.py")

    assert find_target("src/shop/api/main.py:app", tmp_path) == Target(
        "shop.api.main", "app", tmp_path / "src", file
    )


def test_a_package_directory_is_the_package(tmp_path: Path) -> None:
    """Its `__init__.py` holds the app."""
    file = write(tmp_path / "shop" / "__init__.py")

    assert find_target("shop", tmp_path) == Target("shop", None, tmp_path, file)


def test_the_suffix_of_a_file_may_be_left_out(tmp_path: Path) -> None:
    """`demo/main` is `demo/main.py`."""
    write(tmp_path / "demo" / "main.py")

    assert find_target("demo/main", tmp_path).module == "main"


def test_a_plain_directory_is_searched_for_the_usual_files(tmp_path: Path) -> None:
    """`laneway run examples/demo` runs what is in it."""
    file = write(tmp_path / "demo" / "app.py")

    assert find_target("demo", tmp_path).file == file


@pytest.mark.parametrize("name", ["main.py", "app.py", "api.py", "app/main.py"])
def test_without_a_name_the_usual_files_are_tried(tmp_path: Path, name: str) -> None:
    """A project with the usual names needs no configuration."""
    file = write(tmp_path / name)

    assert find_target(None, tmp_path).file == file


def test_without_a_name_and_file_the_message_lists_what_was_tried(tmp_path: Path) -> None:
    """And shows both ways to name an app."""
    message = failure(None, tmp_path)

    assert str(tmp_path) in message
    assert "main.py, app.py, api.py" in message
    assert "laneway run service.py" in message
    assert "[tool.laneway]" in message


def test_a_missing_file_is_named_with_the_nearest(tmp_path: Path) -> None:
    """A slip of the finger is corrected."""
    write(tmp_path / "main.py")

    assert "there is no file 'mian.py'" in (message := failure("mian.py", tmp_path))
    assert "did you mean 'main.py'?" in message


def test_a_missing_module_is_named_with_the_nearest(tmp_path: Path) -> None:
    """Modules and packages of the directory are offered."""
    write(tmp_path / "catalogue" / "__init__.py")

    assert "there is no module 'catalog'" in (message := failure("catalog:app", tmp_path))
    assert "did you mean 'catalogue'?" in message


@pytest.mark.parametrize("reference", [":app", "main:", "main:not a name"])
def test_what_is_no_reference_is_refused(tmp_path: Path, reference: str) -> None:
    """The message shows the form."""
    assert "write module:app" in failure(reference, tmp_path)


@pytest.mark.parametrize("name", ["app", "api", "service"])
def test_the_app_of_a_module_is_found_by_any_name(tmp_path: Path, module: str, name: str) -> None:
    """`app`, `api`, or the only one."""
    write(tmp_path / f"{module}.py", APP.replace("app =", f"{name} ="))

    found = load_app(find_target(module, tmp_path))

    assert found.import_string == f"{module}:{name}"


def test_app_is_preferred_to_other_names(tmp_path: Path, module: str) -> None:
    """A module may have a second app, for example one that it mounts."""
    write(tmp_path / f"{module}.py", f"{APP}admin = Laneway()\n")

    assert load_app(find_target(module, tmp_path)).import_string == f"{module}:app"


def test_one_app_under_two_names_is_one_app(tmp_path: Path, module: str) -> None:
    """The first name is shown."""
    write(tmp_path / f"{module}.py", APP.replace("app =", "one = two ="))

    assert load_app(find_target(module, tmp_path)).import_string == f"{module}:one"


def test_several_apps_must_be_chosen_from(tmp_path: Path, module: str) -> None:
    """The message spells the choices."""
    write(tmp_path / f"{module}.py", APP.replace("app =", "one =") + "two = Laneway()\n")

    assert f"choose {module}:one or {module}:two" in failure(module, tmp_path)


def test_a_module_without_app_is_described(tmp_path: Path, module: str) -> None:
    """What was looked for, and what there is."""
    write(tmp_path / f"{module}.py", "import json\nlimit = 3\ndef work() -> None: ...\n")

    message = failure(module, tmp_path)

    assert "looked for app, api and any other Laneway object" in message
    assert "it has: limit (int), work (function)" in message


def test_a_missing_object_is_named_with_those_there_are(tmp_path: Path, module: str) -> None:
    """And with the nearest."""
    write(tmp_path / f"{module}.py")

    message = failure(f"{module}:ap", tmp_path)

    assert f"module '{module}' has no object 'ap'; it has: app (Laneway)" in message
    assert "did you mean 'app'?" in message


def test_an_object_that_is_no_app_is_refused(tmp_path: Path, module: str) -> None:
    """With its kind."""
    write(tmp_path / f"{module}.py", "limit = 3\n")

    assert f"{module}:limit is no app but an int" in failure(f"{module}:limit", tmp_path)


def test_any_asgi_app_can_be_named(tmp_path: Path, module: str) -> None:
    """Also a middleware around ours, or a function."""
    write(tmp_path / f"{module}.py", "async def raw(scope, receive, send): ...\n")

    assert load_app(find_target(f"{module}:raw", tmp_path)).import_string == f"{module}:raw"


def test_a_factory_makes_the_app(tmp_path: Path, module: str) -> None:
    """`create_app` is its usual name."""
    write(
        tmp_path / f"{module}.py",
        "def create_app():\n    from laneway import Laneway\n    return Laneway()\n",
    )

    found = load_app(find_target(module, tmp_path), factory=True)

    assert found.import_string == f"{module}:create_app()"


def test_a_factory_of_another_name_is_named(tmp_path: Path, module: str) -> None:
    """As an app would be."""
    write(tmp_path / f"{module}.py", "def make():\n    from laneway import Laneway\n    return Laneway()\n")

    assert load_app(find_target(f"{module}:make", tmp_path), factory=True).import_string == f"{module}:make()"


@pytest.mark.parametrize("name", ["", ":create_app"])
def test_a_factory_that_was_not_asked_for_is_pointed_out(tmp_path: Path, module: str, name: str) -> None:
    """The message names the option."""
    write(tmp_path / f"{module}.py", "def create_app(): ...\n")

    assert "add --factory" in failure(f"{module}{name}", tmp_path)


def test_an_app_called_as_a_factory_is_pointed_out(tmp_path: Path, module: str) -> None:
    """The other way round."""
    write(tmp_path / f"{module}.py")

    assert "drop --factory" in failure(f"{module}:app", tmp_path, factory=True)


def test_a_factory_that_returns_no_app_is_refused(tmp_path: Path, module: str) -> None:
    """A forgotten `return` is found at once."""
    write(tmp_path / f"{module}.py", "def create_app(): ...\n")

    assert f"what {module}:create_app() returned is no app" in failure(module, tmp_path, factory=True)


def test_an_error_in_the_apps_code_is_shown_from_its_own_lines(tmp_path: Path, module: str) -> None:
    """Without the frames of the import system and ours."""
    file = write(tmp_path / f"{module}.py", "limit = 1 / 0\n")

    with pytest.raises(AppImportError) as caught:
        load_app(find_target(module, tmp_path))

    first, second = str(caught.value).splitlines()[2:4]
    assert first == "Traceback (most recent call last):"
    assert second == f'  File "{file}", line 1, in <module>'


def test_a_module_that_the_app_misses_is_the_apps_error(tmp_path: Path, module: str) -> None:
    """It is not mistaken for a missing app."""
    write(tmp_path / f"{module}.py", "import no_such_library\n")

    with pytest.raises(AppImportError, match="no_such_library"):
        load_app(find_target(module, tmp_path))


def test_a_file_with_the_name_of_an_imported_module_is_pointed_out(tmp_path: Path) -> None:
    """Python would silently take the other one."""
    write(tmp_path / "json.py")

    assert "rename the file" in failure("json.py", tmp_path)
