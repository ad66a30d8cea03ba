"""The words after a layer's name: numbers, a kernel, /stride, and named options. Every word is used or refused."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from striate.errors import UsageError, nearest

LARGEST = 10**7  # no size, count or stride in a line may be larger


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one layer, sorted by what they are; sizes have one value, or one a dimension."""

    name: str
    numbers: tuple[float, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    options: dict[str, tuple[int, ...]]
    flags: tuple[str, ...]

    def count(self, index: int, what: str, example: str) -> int:
        """Give positional number `index` as a whole number >= 1, which must be there."""
        if index >= len(self.numbers):
            raise UsageError(f"{self.name} needs {what}", got=f"{len(self.numbers)} number(s)", fix=f"write {example}")
        number = self.numbers[index]
        if number < 1 or number != int(number):
            raise UsageError(f"{what} of {self.name} must be a whole number >= 1", got=f"{number:g}", fix=example)
        return int(number)


def read_words(
    words: tuple[str, ...], *, numbers: int, options: Iterable[str] = (), flags: Iterable[str] = ()
) -> Words:
    """Sort the words of a layer that takes up to `numbers` numbers, the named `options` and `flags`.

    The options are `kernel`, `stride`, `pad`, `dilate`, `groups`; a single number after the positional ones counts
    as the kernel. Raises UsageError for a word that the layer does not know, that comes twice, or is out of range.

    >>> read_words(("conv", "64", "7x7", "/2", "pad", "3"), numbers=1, options=("kernel", "stride", "pad")).stride
    (2,)
    """
    name, allowed, known_flags = words[0], tuple(options), tuple(flags)
    found: list[float] = []
    sizes: dict[str, tuple[int, ...]] = {}
    seen: list[str] = []
    rest = iter(words[1:])
    for word in rest:
        if word in known_flags:
            _once(name, word, seen)
            seen.append(word)
        elif word.startswith("/") and "stride" in allowed:
            _put(name, sizes, "stride", _sizes(name, word[1:], word))
        elif word in ("pad", "dilate", "groups") and word in allowed:
            _put(name, sizes, word, _sizes(name, next(rest, ""), word))
        elif len(found) < numbers and re.fullmatch(r"\d+(\.\d+)?", word):
            found.append(_number(name, word))
        elif re.fullmatch(r"\d+(x\d+)*", word) and "kernel" in allowed:
            _put(name, sizes, "kernel", _sizes(name, word, word))
        else:
            raise _unknown(name, word, allowed, known_flags, numbers)
    kernel, stride = sizes.pop("kernel", ()), sizes.pop("stride", ())
    return Words(name, tuple(found), kernel, stride, sizes, tuple(seen))


def _once(name: str, word: str, seen: Iterable[str]) -> None:
    if word in seen:
        raise UsageError(f"each word of {name} may stand once", got=f"{word} twice", fix="remove one")


def _put(name: str, sizes: dict[str, tuple[int, ...]], key: str, value: tuple[int, ...]) -> None:
    _once(name, key, sizes)
    sizes[key] = value


def _number(name: str, word: str) -> float:
    value = float(word)
    if value > LARGEST:
        raise UsageError(f"numbers in a line are at most {LARGEST:,}", got=f"{name} {word}", fix="write a smaller one")
    return value


def _sizes(name: str, text: str, word: str) -> tuple[int, ...]:
    if not re.fullmatch(r"\d+" if word == "groups" else r"\d+(x\d+)*", text):
        fix = "write a number such as 2" + ("" if word == "groups" else ", or 3x3")
        raise UsageError(f"{word} of {name} needs a size", got=text or "nothing", fix=fix)
    sizes = tuple(int(_number(name, part)) for part in text.split("x"))
    if min(sizes) < (0 if word == "pad" else 1):
        raise UsageError(f"sizes of {name} must be >= 1 (pad >= 0)", got=text, fix="write a larger number")
    return sizes


def _unknown(name: str, word: str, options: tuple[str, ...], flags: tuple[str, ...], numbers: int) -> UsageError:
    takes = ["a number"] * bool(numbers)
    takes += [{"kernel": "a kernel such as 3x3", "stride": "a stride such as /2"}.get(o, f"{o} N") for o in options]
    takes += list(flags)
    spelled = [option for option in options if option not in ("kernel", "stride")] + list(flags)
    hint = nearest(word, spelled) if spelled else ""
    fix = f"{name} takes {', '.join(takes) if takes else 'no words'}"
    return UsageError(f"{name} does not know this word", got=word, fix=hint if "did you mean" in hint else fix)
