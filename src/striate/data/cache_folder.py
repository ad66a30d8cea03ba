"""The folder that decoded data is kept in: where it is, how much it may hold, what leaves first."""

import os
import re
import shutil
import tempfile
import time
from pathlib import Path

from striate.errors import UsageError

LIMIT = 10_000_000_000  # bytes of all entries together, unless STRIATE_CACHE_LIMIT says otherwise
STALE = 86_400  # seconds after which a half-written entry is rubbish
TABLE = "table.json"  # what every entry holds beside its arrays
DRAFT = "draft-"  # how the names of files and folders begin that are being written
UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


def cache_folder() -> Path | None:
    """Tell where decoded data is kept, $STRIATE_CACHE or ~/.cache/striate; None when it is "off"."""
    value = os.environ.get("STRIATE_CACHE", "")
    if value.lower() == "off":
        return None
    return Path(value).expanduser() if value else Path.home() / ".cache" / "striate"


def cache_limit() -> int:
    """Tell how many bytes all entries together may take: 10 GB, or $STRIATE_CACHE_LIMIT, such as 500MB or 2.5GB.

    Raises UsageError for a limit that is no such number.
    """
    asked = os.environ.get("STRIATE_CACHE_LIMIT", "")
    if not asked:
        return LIMIT
    found = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,6})?) ?([KMGT]?B?)", asked.strip().upper())
    if found is None or found[2] not in UNITS:
        raise UsageError(
            "STRIATE_CACHE_LIMIT is a number of bytes, or of KB, MB, GB, TB", got=asked, fix="write 20GB, say"
        )
    return int(float(found[1]) * UNITS[found[2]])


def list_entries(root: Path) -> list[Path]:
    """List what is kept in full, the last used first; nothing where there is no such folder."""
    entries = [path for path in (root.iterdir() if root.is_dir() else ()) if (path / TABLE).is_file()]
    return sorted(entries, key=idle)


def make_draft(root: Path) -> Path:
    """Make an empty folder for an entry that is being written, for no other process to see."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=DRAFT, dir=root))


def bound(root: Path, *, keep: Path) -> None:
    """Remove half-written entries of yesterday, and the longest unused ones above the limit; `keep` stays."""
    limit, entries = cache_limit(), list_entries(root)
    for draft in root.glob(f"{DRAFT}*"):
        if idle(draft) > STALE:
            remove(draft)
    total = sum(map(size, entries))
    for path in reversed(entries):
        if total <= limit:
            return
        if path != keep:
            total -= size(path)
            remove(path)


def remove(path: Path) -> None:
    """Remove an entry or a draft, as far as the system lets go of it; who has it mapped goes on reading."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
        return
    try:
        path.unlink(missing_ok=True)
    except OSError:  # Windows: still mapped; it is rubbish of yesterday then
        return


def idle(path: Path) -> float:
    """Tell for how many seconds an entry was not used."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:  # gone meanwhile
        return 0.0


def size(entry: Path) -> int:
    """Tell how many bytes an entry takes."""
    try:
        return sum(path.stat().st_size for path in entry.iterdir())
    except OSError:
        return 0
