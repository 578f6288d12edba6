"""Options given as text, on the command line or in the environment; every refusal shows the text."""

from laneway.server.options import Setting

TRUTH_VALUES = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}


def read_value(item: Setting, text: str) -> object:
    """The value that the text spells for the setting.

    Raises:
        ValueError: It spells none; the message has the text and what is possible.
    """
    if item.choices:
        return one_of(item.choices, text)
    if item.annotation is bool:
        return truth(text)
    if item.kind is float:
        return number(text)
    return whole_number(text) if item.kind is int else text


def one_of(choices: tuple[str, ...], text: str) -> str:
    """The text, if it is one of the choices."""
    if text not in choices:
        raise ValueError(f"{text!r} is none of {', '.join(choices)}")
    return text


def truth(text: str) -> bool:
    """The truth value."""
    if text.lower() not in TRUTH_VALUES:
        raise ValueError(f"{text!r} is neither true nor false")
    return TRUTH_VALUES[text.lower()]


def whole_number(text: str) -> int:
    """The number."""
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a whole number") from None


def number(text: str) -> float:
    """The number, which may have a fraction."""
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a number") from None
