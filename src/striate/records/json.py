"""Records to JSON and back. Reading checks every type, since the file may be a stranger's."""

import dataclasses
import math
import types
import typing
from typing import Any, Literal, TypeAlias, TypeVar, get_args, get_origin

JSON: TypeAlias = Any  # None, bool, int, float, str, and lists and string-keyed dicts of these
Record = TypeVar("Record")


def to_json(value: object) -> JSON:
    """Turn a record (or a tuple, dict or number in one) into plain JSON values; not-a-number becomes None.

    >>> from striate.records import Refusal
    >>> to_json(Refusal(name="a.png", reason="truncated"))
    {'name': 'a.png', 'reason': 'truncated'}
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    raise TypeError(f"records hold numbers, text, tuples, dicts and records, got {type(value).__name__}")


def from_json(kind: type[Record], value: JSON) -> Record:
    """Build a record of type `kind` from JSON values, checking names and types all the way down.

    Raises TypeError naming the first field that does not fit, is unknown or is missing.
    """
    return typing.cast(Record, _read(kind, value, kind.__name__))


def _read(kind: Any, value: Any, where: str) -> Any:
    """Read `value` as `kind`; `where` is the path that an error names."""
    if kind is Any:
        return value
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _read_record(kind, value, where)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return _expect(value in arguments, value, where, f"one of {arguments}")
    if origin in (typing.Union, types.UnionType):
        return _read_union(arguments, value, where)
    if origin is tuple:
        return _read_tuple(arguments, value, where)
    if origin is dict:
        _expect(isinstance(value, dict), value, where, "an object")
        return {key: _read(arguments[1], item, f"{where}.{key}") for key, item in value.items()}
    if kind is float:
        if value is None:
            return math.nan
        whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**1023  # that a float can hold
        return float(_expect(whole or isinstance(value, float), value, where, "a number"))
    if kind is int:
        return _expect(isinstance(value, int) and not isinstance(value, bool), value, where, "a whole number")
    return _expect(isinstance(value, kind), value, where, getattr(kind, "__name__", str(kind)))


def _read_record(kind: Any, value: Any, where: str) -> Any:
    _expect(isinstance(value, dict), value, where, "an object")
    hints = typing.get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind)}
    unknown = set(value) - set(fields)
    if unknown:
        raise TypeError(f"{where} has no field {', '.join(sorted(unknown))}")
    missing = [name for name, field in fields.items() if name not in value and _is_required(field)]
    if missing:
        raise TypeError(f"{where} lacks {', '.join(missing)}")
    return kind(**{name: _read(hints[name], item, f"{where}.{name}") for name, item in value.items()})


def _is_required(field: "dataclasses.Field[Any]") -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _read_tuple(arguments: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    _expect(isinstance(value, list | tuple), value, where, "a list")
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_read(arguments[0], item, f"{where}[{i}]") for i, item in enumerate(value))
    _expect(len(value) == len(arguments), value, where, f"a list of {len(arguments)}")
    return tuple(
        _read(kind, item, f"{where}[{i}]") for i, (kind, item) in enumerate(zip(arguments, value, strict=True))
    )


def _read_union(arguments: tuple[Any, ...], value: Any, where: str) -> Any:
    if value is None and type(None) in arguments:
        return None
    said = [kind for kind in arguments if dataclasses.is_dataclass(kind)]
    if isinstance(value, dict) and len(said) > 1:
        return _read(_choose(said, value, where), value, where)
    for kind in arguments:
        try:
            if kind is not type(None):
                return _read(kind, value, where)
        except TypeError:
            continue
    raise TypeError(f"{where} must be one of {arguments}, got {value!r}")


def _choose(kinds: list[Any], value: dict[str, Any], where: str) -> Any:
    """Choose the record that a value is meant to be, by the field whose words tell them apart: `modality`, `task`."""
    words = [
        {name: get_args(hint) for name, hint in typing.get_type_hints(kind).items() if get_origin(hint) is Literal}
        for kind in kinds
    ]
    told = next(name for name in words[0] if all(name in each for each in words))
    chosen = [kind for kind, each in zip(kinds, words, strict=True) if value.get(told, each[told][0]) in each[told]]
    known = tuple(word for each in words for word in each[told])
    _expect(bool(chosen), value.get(told), f"{where}.{told}", f"one of {known}")
    return chosen[0]


def _expect(holds: bool, value: Any, where: str, what: str) -> Any:
    if not holds:
        raise TypeError(f"{where} must be {what}, got {value!r:.80}")
    return value
