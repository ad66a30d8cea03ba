"""A text to its units: words, or the bytes of what is written without spaces; and a vocabulary of words."""

import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from striate.records import TextInput

Unit = Literal["byte", "word"]
Units: TypeAlias = Sequence[Any]  # of a text: words, or bytes as whole numbers
UNKNOWN, FIRST = 1, 2  # the number of a word that is not known, and that of the first known one; 0 stands for nothing
KNOWN = 2  # training texts that a word must stand in to be learned
MOST_WORDS = 50_000  # of a vocabulary
FEWEST = 3  # words of the middle text, from which texts count as words
SHARED = 1 / 3  # of all words, that must stand in another text too
LOOKED_AT = 2000  # texts that choose the unit


def split_words(text: str) -> list[str]:
    """Split a text into lower-case words and signs, in Unicode's composed form (NFC).

    A word is a run of letters, digits, marks and underscores, with apostrophes inside; every other visible sign is a
    word of its own.

    >>> split_words("Don't panic: it's 42!")
    ["don't", 'panic', ':', "it's", '42', '!']
    """
    return _pattern().findall(unicodedata.normalize("NFC", text).lower())


def choose_unit(texts: Sequence[str]) -> tuple[Unit, str]:
    """Choose words or bytes for texts (N,), and say why.

    Bytes where the middle text has fewer than 3 words or most words are met only once: names, formulas, genomes, and
    scripts without spaces. At most 2,000 texts, evenly spread, are looked at.

    >>> choose_unit(["CC(=O)Oc1ccccc1", "CCO", "c1ccccc1O"])[0], choose_unit(["the cat sat", "the cat ran"])[0]
    ('byte', 'word')
    """
    looked = texts[:: max(1, len(texts) // LOOKED_AT)]
    runs = [text.split() for text in looked]
    middle = float(np.median([len(run) for run in runs])) if runs else 0.0
    held = Counter(chain.from_iterable(map(set, map(split_words, looked))))
    total = sum(held.values())
    shared = sum(count for count in held.values() if count > 1) / max(1, total)
    facts = f"the middle text has {middle:g} words, {100 * shared:.0f} % of all stand in another text, too"
    return ("word" if middle >= FEWEST and shared >= SHARED else "byte"), facts


def make_vocabulary(texts: Iterable[Units]) -> tuple[str, ...]:
    """Give the words that at least two texts hold, the commonest first, equally common ones by letters; 50,000 at most.

    >>> make_vocabulary([["a", "b", "a"], ["b", "a"], ["b", "c"]])
    ('b', 'a')
    """
    held = Counter(chain.from_iterable(map(set, texts)))
    words = sorted((word for word, count in held.items() if count >= KNOWN), key=lambda word: (-held[word], word))
    return tuple(words[:MOST_WORDS])


def number(texts: Sequence[Units], spec: TextInput) -> NDArray[np.int32]:
    """Give units their numbers, (N, length) int32, cut or padded with 0: bytes plus 2, words by the vocabulary.

    >>> number([["what", "is", "this"], []], TextInput(unit="word", length=2, vocabulary=("is",))).tolist()
    [[1, 2], [0, 0]]
    """
    known: Iterable[str | int] = range(256) if spec.unit == "byte" else spec.vocabulary
    places = {unit: place for place, unit in enumerate(known, start=FIRST)}
    numbers = np.zeros((len(texts), spec.length), np.int32)
    for row, text in zip(numbers, texts, strict=True):
        places_of = [places.get(unit, UNKNOWN) for unit in text[: spec.length]]
        row[: len(places_of)] = places_of
    return numbers


def take_apart(text: str, unit: Unit) -> Units:
    """Split a text into its words, or the bytes of its composed form (NFC) in UTF-8."""
    return split_words(text) if unit == "word" else encode(text)


def encode(text: str) -> bytes:
    """Give a text's bytes; composed (NFC), as words are."""
    return unicodedata.normalize("NFC", text).encode("utf-8", "replace")


@cache
def _pattern() -> "re.Pattern[str]":
    """Words as `split_words` says; Python's \\w lacks the marks that Indic and other scripts write vowels with."""
    marks = "".join(
        chr(code) for code in range(0x300, min(0x20000, sys.maxunicode)) if unicodedata.category(chr(code))[0] == "M"
    )
    letter = rf"[\w{re.escape(marks)}\u200c\u200d]"
    return re.compile(rf"{letter}+(?:['’]{letter}+)*|[^\w\s]")
