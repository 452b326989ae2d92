"""Changes JSON documents as documents: bytes that were changed at random are seldom JSON."""

import json
from collections.abc import Callable
from random import Random
from typing import Any, Final

#: values that readers have tripped over, as JSON text
_ODD: Final = (
    *("null", "true", "0", "-1", "1.5", "1e999", "-1e999", "NaN", "-Infinity", "1e-999"),
    *("9" * 400, "9" * 4300, "9" * 5000, str(2**63), str(-(2**64)), "1e308", "5e-324", "-0.0"),
    *('""', '"\\ud800"', '"\\udc80"', '"\\u0000"', '"\\u202e"', '"/a/../b"', '"{index}"', '"%d"'),
    *('"nan"', '"inf"', '"1e400"', '"9999999999999999999"', '"0001-01-01T00:00:00+14:00"'),
    *('"9999-12-31T23:59:59-12:00"', '"1/0"', '"1e99999999"', "[]", "{}", "[[]]", '{"":{}}'),
    *("[" * 33 + "]" * 33, "[" * 2000, '{"a":' * 2000, '"' + "x" * 5000 + '"'),
)


class _Literal(str):
    """JSON text that takes the place of a value."""

    __slots__ = ()


def changed(data: bytes, most: int, seed: int, other: Callable[[bytes, int], bytes]) -> bytes:
    """Return a document with a few of its values changed; bytes that `other` makes if it is none.

    `most` is the longest result.
    """
    random = Random(seed)  # noqa: S311 - it has to be repeatable
    if random.random() < 0.3:
        return other(data, most)
    lines = data.splitlines() or [b""]
    which = random.randrange(len(lines))
    whole = random.random() < 0.5 or len(lines) == 1
    try:
        document = json.loads(data if whole else lines[which])
    except (ValueError, RecursionError):
        return other(data, most)
    try:
        for _ in range(random.randint(1, 3)):
            document = _changed(document, random)
        text = _text(document).encode("utf-8", "surrogatepass")
    except ValueError:
        # A number of more than 4,300 digits came out.
        return other(data, most)
    made = text if whole else b"\n".join([*lines[:which], text, *lines[which + 1 :]])
    return made if len(made) <= most else other(data, most)


def _changed(value: Any, random: Random) -> Any:
    """Return a value of which one part, at any depth, is changed."""
    inner = isinstance(value, dict | list) and value and random.random() < 0.8
    if not inner:
        return _instead(value, random)
    if isinstance(value, list):
        index = random.randrange(len(value))
        return _list(value, index, random)
    keys = list(value)
    key = random.choice(keys)
    kind = random.random()
    rest = {name: each for name, each in value.items() if name != key}
    if kind < 0.1:
        return rest
    if kind < 0.2:
        return rest | {key + random.choice(("x", "\n", "\ud800", "é")): value[key]}
    if kind < 0.25:
        # The same key twice.
        return _Literal("{" + ",".join([_pair(key, value[key])] * 2) + "}")
    return value | {key: _changed(value[key], random)}


def _list(value: list[Any], index: int, random: Random) -> Any:
    kind = random.random()
    if kind < 0.15:
        return value[:index] + value[index + 1 :]
    if kind < 0.3:
        return value + [value[index]] * random.randint(1, 40)
    return [*value[:index], _changed(value[index], random), *value[index + 1 :]]


def _instead(value: Any, random: Random) -> Any:
    kind = random.random()
    if isinstance(value, int | float) and kind < 0.3:
        return random.choice((-value, value + 1 if isinstance(value, int) else value / 2))
    if isinstance(value, str) and kind < 0.3:
        place = random.randint(0, len(value))
        return value[:place] + random.choice(("\0", "\n", "%", "\u2028", "/", "9")) + value[place:]
    if isinstance(value, dict) and kind < 0.5:
        return value | {random.choice(("x", "clips", "job_id")): _Literal(random.choice(_ODD))}
    return _Literal(random.choice(_ODD))


def _pair(key: str, value: Any) -> str:
    return f"{json.dumps(key)}:{_text(value)}"


def _text(value: Any) -> str:
    """Return a value as JSON, literals as they are."""
    if isinstance(value, _Literal):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(_pair(str(key), each) for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_text, value)) + "]"
    return json.dumps(value)
