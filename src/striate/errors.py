"""Every error that Striate raises on purpose, each with the rule, what was received, and what to do.

StriateError
 ├── UsageError       what was typed: an unknown option, class, layer or value
 ├── NotationError    an architecture line that does not parse, or that vanishes on the way
 ├── ShapeError       numbers that do not fit together in one operation
 ├── DataError        a source that cannot be opened, split or learned from
 │    └── UnsuitedError   data in which the order of the values means nothing, so that a CNN is the wrong tool
 ├── ModelFileError   a model file or checkpoint that is damaged, foreign or of another version
 └── RunError         a run folder that cannot be written, or that belongs to another command
"""

from collections.abc import Iterable
from difflib import get_close_matches


class StriateError(Exception):
    """A rule that does not hold: `rule, got received; fix`.

    >>> print(ShapeError("pad < kernel must hold", got="pad=3, kernel=3", fix="use pad 1"))
    pad < kernel must hold, got pad=3, kernel=3; use pad 1
    """

    def __init__(self, rule: str, *, got: str, fix: str) -> None:
        super().__init__(f"{rule}, got {got}; {fix}")
        self.rule, self.got, self.fix = rule, got, fix


class UsageError(StriateError, ValueError):
    """What was typed names nothing that exists, or is out of range."""


class NotationError(StriateError, ValueError):
    """An architecture line that does not parse or does not fit its input."""


class ShapeError(StriateError, ValueError):
    """Sizes that do not fit together."""


class DataError(StriateError, ValueError):
    """A data source that cannot be used."""


class UnsuitedError(DataError):
    """Data that is just as useful with its columns in another order."""


class ModelFileError(StriateError, ValueError):
    """A file that is not a model of this version, or is damaged."""


class RunError(StriateError, RuntimeError):
    """A run folder that cannot be written or resumed."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Say which known names are nearest to `word`, or list all of them.

    >>> nearest("resnt18", ["lenet5", "resnet18"])
    'did you mean resnet18?'
    """
    names = list(known)
    lowered = {name.lower(): name for name in names}
    close = [lowered[hit] for hit in get_close_matches(word.lower(), lowered, n=3, cutoff=0.6)]
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"choose from {', '.join(names)}"
