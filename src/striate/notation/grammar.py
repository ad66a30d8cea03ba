"""Text to a tree of steps and back.

    line  := step { ">" step }
    step  := word { word } | block [ "x" count ]
    block := "(" line ")" | "skip(" line [ "|" line ] ")" | "scale(" line ")"
            | "frames(" line ")"

`(a > b)` groups, `skip(a > b)` adds its input to its output, `skip(a > b | c)` adds c of its input instead,
`scale(a > b)` multiplies its input by its output,
`frames(a > b)` goes over every picture of a clip. What the words of a step mean is decided in `operations`.
"""

import re
from dataclasses import dataclass, field
from typing import Literal

from striate.errors import NotationError

BlockKind = Literal["group", "skip", "scale", "frames"]
DEEPEST = 40  # levels of brackets
LONGEST = 20_000  # characters
_TOKEN = re.compile(r"[()>|]|[^\s()>|]+")


@dataclass(frozen=True, slots=True)
class Span:
    """Where something stands in the text: characters start to end."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Step:
    """One layer or registered name: the words as they were typed."""

    words: tuple[str, ...]
    span: Span = field(compare=False, default=Span(0, 0))

    def __str__(self) -> str:
        return " ".join(self.words)


@dataclass(frozen=True, slots=True)
class Block:
    """A line in brackets, with the word that says how often it is repeated ("" when not written)."""

    kind: BlockKind
    body: tuple["Step | Block", ...]
    shortcut: tuple["Step | Block", ...] = ()
    repeat: str = ""
    span: Span = field(compare=False, default=Span(0, 0))

    def __str__(self) -> str:
        inside = show(self.body) + (f" | {show(self.shortcut)}" if self.shortcut else "")
        name = "" if self.kind == "group" else self.kind
        return f"{name}({inside})" + (f" {self.repeat}" if self.repeat else "")


@dataclass(frozen=True, slots=True)
class Architecture:
    """A parsed line; `str` prints it, and `text` is what was typed (for carets under errors)."""

    steps: tuple[Step | Block, ...]
    text: str = field(compare=False, default="")

    def __str__(self) -> str:
        return show(self.steps)


def show(steps: tuple[Step | Block, ...]) -> str:
    """Print a line of steps."""
    return " > ".join(str(step) for step in steps)


def parse(text: str) -> Architecture:
    """Parse an architecture line; printing the result gives the line back (runs of white space become one space).

    Raises NotationError with a caret under the offending token.

    >>> print(parse("conv 6 5x5 pad 2>relu  > skip(conv 6 3x3 pad 1) x2"))
    conv 6 5x5 pad 2 > relu > skip(conv 6 3x3 pad 1) x2
    """
    if len(text) > LONGEST:
        raise NotationError(
            f"an architecture line has at most {LONGEST:,} characters",
            got=f"{len(text):,}",
            fix="repeat with x2 and (a > b) x3",
        )
    reader = _Reader(text)
    steps = reader.line(0)
    if reader.token:
        raise reader.error("brackets must match", f"a {reader.token!r} that nothing opened", "remove it")
    return Architecture(steps, text)


def mark(text: str, span: Span, error: Exception) -> NotationError:
    """Say an error once more with the line, and carets under the part that it is about."""
    caret = " " * span.start + "^" * max(1, span.end - span.start)
    marked = NotationError(getattr(error, "rule", ""), got=getattr(error, "got", ""), fix=getattr(error, "fix", ""))
    marked.args = (f"{error}\n  {_one_line(text)}\n  {caret}",)
    return marked


def _one_line(text: str) -> str:
    return re.sub(r"\s", " ", text)


class _Reader:
    """A cursor over the tokens of one line."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [(match.group(), Span(*match.span())) for match in _TOKEN.finditer(text)]
        self.at = 0

    @property
    def token(self) -> str:
        """The token under the cursor, "" at the end."""
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    @property
    def span(self) -> Span:
        """Where the token under the cursor stands."""
        return self.tokens[self.at][1] if self.at < len(self.tokens) else Span(len(self.text), len(self.text) + 1)

    def error(self, rule: str, got: str, fix: str) -> NotationError:
        return mark(self.text, self.span, NotationError(rule, got=got, fix=fix))

    def take(self) -> str:
        token = self.token
        self.at += 1
        return token

    def line(self, depth: int) -> tuple[Step | Block, ...]:
        if depth > DEEPEST:
            raise self.error(f"brackets nest at most {DEEPEST} deep", "more", "write fewer brackets")
        steps = [self.step(depth)]
        while self.token == ">":
            self.take()
            steps.append(self.step(depth))
        return tuple(steps)

    def step(self, depth: int) -> Step | Block:
        following = self.tokens[self.at + 1][0] if self.at + 1 < len(self.tokens) else ""
        if self.token == "(" or (self.token in ("skip", "scale", "frames") and following == "("):
            return self.block(depth)
        start, words = self.span.start, []
        while self.token and self.token not in "()>|":
            words.append(self.take())
        if not words:
            got = f"{self.token!r}" if self.token else "the end of the line"
            raise self.error(
                "a layer must stand here", got, "write one, such as conv 16 3x3, or remove the sign before"
            )
        if self.token == "(":
            raise self.error(
                "brackets follow > or one of skip, scale, frames", f"{words[-1]!r} before '('", "write > between them"
            )
        return Step(tuple(words), Span(start, self.tokens[self.at - 1][1].end))

    def block(self, depth: int) -> Block:
        start = self.span.start
        kinds: dict[str, BlockKind] = {"skip": "skip", "scale": "scale", "frames": "frames"}
        kind: BlockKind = "group" if self.token == "(" else kinds[self.take()]
        self.take()
        body = self.line(depth + 1)
        shortcut: tuple[Step | Block, ...] = ()
        if self.token == "|" and kind == "skip":
            self.take()
            shortcut = self.line(depth + 1)
        if self.token != ")":
            got = f"{self.token!r}" if self.token else "the end of the line"
            raise self.error("brackets must match", got, "close the bracket with ')'")
        self.take()
        repeat = self.take() if self.token and self.token not in "()>|" else ""
        if repeat and not re.fullmatch(r"x[1-9]\d{0,5}", repeat):
            self.at -= 1
            raise self.error("only a repeat may follow a bracket", repeat, "write x2 for twice, or > before a layer")
        return Block(kind, body, shortcut, repeat, Span(start, self.tokens[self.at - 1][1].end))
