"""A text an example: how many characters are right, how many texts whole, and what was misread."""

from collections.abc import Sequence

from rich.console import Console

from striate.kinds import Modality
from striate.records import Interval, Reading, TranscriptionEvaluation
from striate.report.console import columns, plain, say
from striate.report.console import show as show_table
from striate.report.number import bounded
from striate.report.words import nouns

TEMPLATE = "transcription.html.jinja"
SECTIONS = {"texts": "Texts"}
MEASURED = "characters right"
WORST = 5  # misread texts shown in the terminal


def tell(result: Interval, noun: str) -> str:
    """Say what share of the characters is read rightly."""
    return f"reads {bounded(result)} of all characters correctly"


def name_answer(answer: Reading) -> str:
    """Give the text with its probability."""
    return f"{answer.text} ({100 * answer.probability:.1f} %)"


def list_columns(classes: Sequence[str]) -> list[str]:
    """A column for the text, and one for its probability."""
    return ["text", "probability"]


def list_cells(answer: Reading, classes: Sequence[str]) -> list[str]:
    """Give text and probability."""
    return [answer.text, f"{answer.probability:.6f}"]


def draw(test: TranscriptionEvaluation) -> dict[str, str]:
    """Draw nothing: the texts themselves are to be looked at."""
    return {}


def tell_exact(test: TranscriptionEvaluation, noun: str) -> str:
    """Say how many texts are read without a mistake."""
    return f"{bounded(test.exact)} of the {noun}s are read without any mistake."


def show(test: TranscriptionEvaluation, modality: Modality, console: Console) -> None:
    """Print how many texts are whole, and the worst of the others."""
    say(f"{bounded(test.exact)} of the {nouns(modality)} are read without any mistake.", console)
    if test.mistakes:
        rows = columns("misread most", "read as", "name")
        for mistake in test.mistakes[:WORST]:
            rows.add_row(plain(mistake.truth), plain(mistake.answer), plain(mistake.name))
        show_table(rows, console)
