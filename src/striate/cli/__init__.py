"""The command line: a table of commands, each one function whose flags are read from its signature."""

from striate.cli.entry import main, start

__all__ = ["main", "start"]
