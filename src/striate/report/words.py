"""What examples of each kind of content are called."""

from striate.kinds import Modality

NOUNS: dict[Modality, str] = {"image": "picture", "audio": "sound", "text": "text", "signal": "signal", "clip": "clip"}


def nouns(modality: Modality) -> str:
    """Give the word for several examples.

    >>> nouns("audio")
    'sounds'
    """
    return f"{NOUNS[modality]}s"


def number(n: int, noun: str) -> str:
    """Give a number with its noun.

    >>> number(1, "epoch"), number(1200, "picture")
    ('1 epoch', '1,200 pictures')
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
