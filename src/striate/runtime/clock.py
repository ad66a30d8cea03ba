"""When the command at hand began, so that its seconds hold imports and decoding too."""

import time

_begun: float | None = None


def begin() -> None:
    """Start the clock of a command; the command line calls this before anything else."""
    global _begun
    _begun = time.monotonic()


def began() -> float:
    """Tell when the command began (time.monotonic); for a call from Python, now."""
    return time.monotonic() if _begun is None else _begun
