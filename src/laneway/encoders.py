"""Any Python value as what JSON can hold: dict, list, str, int, float, bool, None."""

from __future__ import annotations

import dataclasses
import datetime as dt
import sys
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from operator import attrgetter
from pathlib import Path, PurePath
from re import Pattern
from types import GeneratorType
from typing import Any, TypeAlias
from uuid import UUID

from pydantic import BaseModel
from pydantic.main import IncEx
from pydantic.networks import AnyUrl, NameEmail
from pydantic.types import SecretBytes, SecretStr
from pydantic_core import PydanticUndefinedType, Url

from laneway.exceptions import EncodingError, PydanticV1NotSupportedError

Encoder: TypeAlias = Callable[[Any], Any]


def isoformat(o: dt.date | dt.time) -> str:
    """The date or time as ISO 8601 text."""
    return o.isoformat()


def decimal_encoder(dec_value: Decimal) -> int | float:
    """The number as int if it is written without a fraction, else as the nearest float.

    A key stored as `Numeric(x, 0)` thereby survives the way out and back.

    Example:
        >>> decimal_encoder(Decimal("1")), decimal_encoder(Decimal("1.0"))
        (1, 1.0)
    """
    exponent = dec_value.as_tuple().exponent
    whole = isinstance(exponent, int) and exponent >= 0  # the exponent of NaN and infinity is a letter
    return int(dec_value) if whole else float(dec_value)


ENCODERS_BY_TYPE: dict[type[Any], Encoder] = {
    bytes: bytes.decode,
    dt.date: isoformat,
    dt.datetime: isoformat,
    dt.time: isoformat,
    dt.timedelta: dt.timedelta.total_seconds,
    Decimal: decimal_encoder,
    Enum: attrgetter("value"),
    frozenset: list,
    deque: list,
    GeneratorType: list,
    IPv4Address: str,
    IPv4Interface: str,
    IPv4Network: str,
    IPv6Address: str,
    IPv6Interface: str,
    IPv6Network: str,
    NameEmail: str,
    Path: str,
    Pattern: attrgetter("pattern"),
    SecretBytes: str,
    SecretStr: str,
    set: list,
    UUID: str,
    Url: str,
    AnyUrl: str,
}
"""How single values are encoded, by their type. Add your own to encode them in every reply."""


def generate_encoders_by_class_tuples(
    type_encoder_map: dict[Any, Encoder],
) -> dict[Encoder, tuple[Any, ...]]:
    """The same encoders the other way round: each with all its types, as `isinstance` takes them."""
    types_of: dict[Encoder, tuple[Any, ...]] = defaultdict(tuple)
    for type_, encoder in type_encoder_map.items():
        types_of[encoder] += (type_,)
    return types_of


encoders_by_class_tuples = generate_encoders_by_class_tuples(ENCODERS_BY_TYPE)


def jsonable_encoder(  # noqa: PLR0917 - FastAPI's arguments
    obj: Any,
    include: IncEx | None = None,
    exclude: IncEx | None = None,
    by_alias: bool = True,
    exclude_unset: bool = False,
    exclude_defaults: bool = False,
    exclude_none: bool = False,
    custom_encoder: dict[Any, Encoder] | None = None,
    sqlalchemy_safe: bool = True,
) -> Any:
    """`obj` rebuilt from values that `json.dumps` accepts.

    Args:
        obj: Anything: plain values, containers, models, dataclasses, ORM rows, types of `ENCODERS_BY_TYPE`.
        include: Members of `obj` to keep; all when absent.
        exclude: Members of `obj` to leave out.
        by_alias: Name the fields of models by their aliases.
        exclude_unset: Leave out the fields of models that nobody set.
        exclude_defaults: Leave out the fields of models that hold their default.
        exclude_none: Leave out members that are None.
        custom_encoder: Encoders by type which come before all others, for subclasses of the types too.
        sqlalchemy_safe: Leave out members named `_sa...`, where SQLAlchemy keeps its own state.

    Raises:
        EncodingError: A value is of no known type and has no members either.
        PydanticV1NotSupportedError: A value is a `pydantic.v1` model.

    Example:
        >>> jsonable_encoder({"at": dt.date(2025, 1, 31), "sizes": {3}})
        {'at': '2025-01-31', 'sizes': [3]}
    """
    encoding = _Encoding(
        by_alias, exclude_unset, exclude_defaults, exclude_none, custom_encoder or {}, sqlalchemy_safe
    )
    return encoding.encode(obj, _as_members(include), _as_members(exclude))


Members: TypeAlias = Any  # a set or a dict of member names in Pydantic's sense, or None for no choice

_PLAIN = frozenset({str, int, float, bool, type(None)})
_SINGLES = (Enum, PurePath, str, int, float, PydanticUndefinedType)
_SEQUENCES = (list, set, frozenset, GeneratorType, tuple, deque)


def _as_members(choice: Any) -> Members:
    """`include` or `exclude` as Pydantic takes it; other collections of names become a set."""
    return choice if choice is None or isinstance(choice, (set, dict)) else set(choice)


@dataclasses.dataclass(frozen=True, slots=True)
class _Encoding:
    """The options of one call of `jsonable_encoder`, applied to every value below it."""

    by_alias: bool
    exclude_unset: bool
    exclude_defaults: bool
    exclude_none: bool
    custom_encoder: dict[Any, Encoder]
    sqlalchemy_safe: bool

    def encode(self, obj: Any, include: Members = None, exclude: Members = None) -> Any:
        """`obj` encoded; `include` and `exclude` choose among its members, or those of its items."""
        if self.custom_encoder:
            encoder = self._find_custom(obj)
            if encoder is not None:
                return encoder(obj)
        # PERF: exact types first; they are nearly all values of nearly all replies.
        kind = type(obj)
        if kind in _PLAIN:
            return obj
        if kind is dict:
            return self._encode_mapping(obj, include, exclude)
        if kind is list:
            return self._encode_items(obj, include, exclude)
        return self._encode_structured(obj, include, exclude)

    def _find_custom(self, obj: Any) -> Encoder | None:
        exact = self.custom_encoder.get(type(obj))
        if exact is not None:
            return exact
        return next(
            (encoder for type_, encoder in self.custom_encoder.items() if isinstance(obj, type_)), None
        )

    def _encode_structured(self, obj: Any, include: Members, exclude: Members) -> Any:
        """All but exact plain types; the order decides for values of two kinds, like `class X(str, Enum)`."""
        if isinstance(obj, BaseModel):
            return self._encode_model(obj, include, exclude)
        if dataclasses.is_dataclass(obj):
            fields = dataclasses.asdict(obj)  # type: ignore[arg-type]  # a class fails here, as it should
            return self.encode(fields, include, exclude)
        if isinstance(obj, _SINGLES):
            return _encode_single(obj)
        if isinstance(obj, dict):
            return self._encode_mapping(obj, include, exclude)
        if isinstance(obj, _SEQUENCES):
            return self._encode_items(obj, include, exclude)
        encoder = _find_encoder(obj)
        return encoder(obj) if encoder else self.encode(_read_members(obj), include, exclude)

    def _encode_model(self, obj: BaseModel, include: Members, exclude: Members) -> Any:
        fields = obj.model_dump(
            mode="json",
            include=include,
            exclude=exclude,
            by_alias=self.by_alias,
            exclude_unset=self.exclude_unset,
            exclude_defaults=self.exclude_defaults,
            exclude_none=self.exclude_none,
        )
        # The dump holds JSON only: nothing is left for custom encoders, but members may still have to go.
        below = dataclasses.replace(self, custom_encoder={}) if self.custom_encoder else self
        return below.encode(fields)

    def _encode_mapping(self, obj: Mapping[Any, Any], include: Members, exclude: Members) -> dict[Any, Any]:
        encode = self.encode
        return {
            encode(key): encode(value)
            for key, value in obj.items()
            if not (value is None and self.exclude_none)
            and not (self.sqlalchemy_safe and isinstance(key, str) and key.startswith("_sa"))
            and (include is None or key in include)
            and (exclude is None or key not in exclude)
        }

    def _encode_items(self, items: Iterable[Any], include: Members, exclude: Members) -> list[Any]:
        return [self.encode(item, include, exclude) for item in items]


def _encode_single(obj: Any) -> Any:
    """One of `_SINGLES` as its plain value."""
    if isinstance(obj, Enum):
        return obj.value
    if isinstance(obj, PurePath):
        return str(obj)
    return None if isinstance(obj, PydanticUndefinedType) else obj


def _find_encoder(obj: Any) -> Encoder | None:
    """The encoder for the type of `obj` or one of its base classes."""
    exact = ENCODERS_BY_TYPE.get(type(obj))
    if exact is not None:
        return exact
    for encoder, types in encoders_by_class_tuples.items():
        if isinstance(obj, types):
            return encoder
    return str if _is_color(obj) else None


def _is_color(obj: Any) -> bool:
    """Whether `obj` is a colour of Pydantic's; if its module was never imported, nothing is."""
    modules = (sys.modules.get("pydantic.color"), sys.modules.get("pydantic_extra_types.color"))
    return any(isinstance(obj, module.Color) for module in modules if module is not None)


def _read_members(obj: Any) -> Any:
    """The members of an object of unknown type: its items if it has any, else its attributes."""
    v1 = sys.modules.get("pydantic.v1")  # never imported, no models of it
    if v1 is not None and isinstance(obj, v1.BaseModel):
        raise PydanticV1NotSupportedError(
            f"pydantic.v1 models are no longer supported, derive the class of {obj!r} from pydantic.BaseModel"
        )
    try:
        return dict(obj)
    except Exception as no_items:  # noqa: BLE001 - whatever the object's own code raises
        try:
            return vars(obj)
        except Exception as no_attributes:
            raise EncodingError(
                f"{type(obj).__name__} has no JSON form: neither an encoder for its type, nor items ({no_items}), "
                f"nor attributes ({no_attributes}); pass custom_encoder, or add it to ENCODERS_BY_TYPE"
            ) from no_attributes
