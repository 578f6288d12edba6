"""Options from pyproject.toml and the environment, checked so that a misspelt one is not ignored in silence."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from laneway.cli.values import read_value
from laneway.discovery import did_you_mean
from laneway.exceptions import LanewayError
from laneway.server.options import ENV_PREFIX, Setting

FILE = "pyproject.toml"
TABLE = "[tool.laneway]"
TOML_KINDS: dict[type, str] = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list of texts",
}


class ConfigError(LanewayError):
    """An option in pyproject.toml or in the environment is unknown or has a value of the wrong kind."""


def read_config(directory: Path, settings: Iterable[Setting]) -> dict[str, object]:
    """The options in the directory's pyproject.toml, by name; empty if it has none.

    Raises:
        ConfigError: An option is unknown or has a value of the wrong kind.
    """
    known = {item.name: item for item in settings if item.option.configurable}
    table = read_table(directory / FILE)
    for name, value in table.items():
        if name not in known:
            hint = did_you_mean(name, known) or f"; options: {', '.join(known)}"
            raise ConfigError(f"{TABLE} in {FILE} has an unknown option {name!r}{hint}")
        check_kind(known[name], value)
    return table


def read_table(file: Path) -> dict[str, object]:
    """Our table of a TOML file."""
    if not file.is_file():
        return {}
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}).get("laneway", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not valid TOML: {error}") from None
    if not isinstance(table, dict):
        raise ConfigError(f"`laneway` in {file} is not a table; write {TABLE}")
    return table


def check_kind(item: Setting, value: object) -> None:
    """Refuse a value that TOML spells as another kind of thing; its content is checked with the command line's."""
    kind = list if item.many else str if item.kind is Path else item.kind
    if type(value) is not kind and not (kind is float and type(value) is int):
        raise ConfigError(f"{item.name} = {value!r} in {TABLE} of {FILE} must be {TOML_KINDS[kind]}")
    if isinstance(value, str):
        check_text(item, value, f"{item.name} in {TABLE} of {FILE}")


def check_text(item: Setting, text: str, place: str) -> None:
    """Refuse a text that spells no value of the setting, and say where it stands."""
    try:
        read_value(item, text)
    except ValueError as error:
        raise ConfigError(f"{place}: {error}") from None


def check_environment(environment: Mapping[str, str], settings: Iterable[Setting]) -> list[str]:
    """Warnings about variables that look like misspelt options.

    Only the near misses: an app may have variables of its own under our prefix.

    Raises:
        ConfigError: A variable spells no value of its option.
    """
    known = {item.variable: item for item in settings if item.variable}
    ours = {name: value for name, value in environment.items() if name.startswith(ENV_PREFIX)}
    for name, value in ours.items():
        if name in known and value:
            check_text(known[name], value, f"environment variable {name}")
    hints = {name: did_you_mean(name, known) for name in sorted(ours.keys() - known.keys())}
    return [f"{name} is not an option{hint}" for name, hint in hints.items() if hint]
