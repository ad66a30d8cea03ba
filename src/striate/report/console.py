"""How anything is printed: lines as they are, tables without frames."""

from rich.console import Console
from rich.table import Table
from rich.text import Text


def columns(*names: str) -> Table:
    """A table without frames; a column whose name begins with `>` holds numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in names:
        table.add_column(plain(name.removeprefix(">")), justify="right" if name.startswith(">") else "left")
    return table


def show(table: Table, console: Console) -> None:
    """Print a table with an empty line before and after."""
    console.print()
    console.print(table)
    console.print()


def say(text: str, console: Console, style: str = "") -> None:
    """Print a line of text as it is; nothing where there is none. Lines are not broken where nobody watches."""
    if text:
        console.print(plain(text), style=style, soft_wrap=not console.is_terminal)


def plain(text: str) -> Text:
    """Text as it is: no markup, no emoji codes, and no control characters, which a file name may hold."""
    return Text("".join(letter if letter.isprintable() else "�" for letter in text))
