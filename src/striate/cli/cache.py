"""The command that shows or clears what was decoded once and kept."""

from typing import Annotated

import typer

from striate.cli.output import show
from striate.cli.words import Json


def cache(
    clear: Annotated[
        bool, typer.Option("--clear", help="Remove all decoded data; it is decoded anew when used.")
    ] = False,
    json_: Json = False,
) -> None:
    """Show what decoded data is kept on disk, and how much room it takes.

    STRIATE_CACHE names the folder ("off": none), STRIATE_CACHE_LIMIT how much it may hold, such as 20GB.
    """
    from striate.data.cache import clear_cache, show_cache

    view = "cache.show_cleared" if clear else "cache.show_kept"
    show(clear_cache() if clear else show_cache(), view, as_json=json_)
