"""What the cache holds, in the terminal."""

from rich.console import Console

from striate.records import CacheContents
from striate.report.console import say
from striate.report.number import count, scaled


def show_kept(contents: CacheContents, console: Console) -> None:
    """Print a line a data set, the last used first, then how much of the limit they take together."""
    if not contents.folder:
        say("The cache is switched off: STRIATE_CACHE=off.", console)
        return
    for entry in contents.entries:
        shape = f"{count(entry.examples)} x {entry.modality} {'x'.join(map(str, entry.shape))}"
        used = entry.used[:16].replace("T", " ")
        say(f"{scaled(entry.bytes, 'B'):>8}  last used {used}  {entry.source}  ({shape})", console)
    say(f"{contents.folder}: {_sum(contents)} of at most {scaled(contents.limit, 'B')}.", console)


def show_cleared(contents: CacheContents, console: Console) -> None:
    """Print what was removed."""
    said = f"Removed {_sum(contents)} from {contents.folder}." if contents.folder else "The cache is switched off."
    say(said, console)


def _sum(contents: CacheContents) -> str:
    sets = len(contents.entries)
    return f"{count(sets)} data set{'' if sets == 1 else 's'}, {scaled(contents.bytes, 'B')}"
