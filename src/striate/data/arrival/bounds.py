"""How much may come out of an archive or over the wire: a stranger's file can declare, and hold, anything."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from striate.errors import DataError

MOST_MEMBERS = 5_000_000  # of an archive, or files at an address
MOST_BYTES = 500 * 10**9  # in all
RATIO = 200  # times as large as it was packed; pictures and sounds hardly shrink at all
ALWAYS = 100 * 2**20  # bytes that may come whatever the ratio
SPARE = 2 * 2**30  # bytes that stay free on the disk


@dataclass(kw_only=True, slots=True)
class Bounds:
    """Counts what is declared, and what really comes, of a source of `packed` bytes (None: unknown) into `folder`."""

    source: str
    folder: Path
    packed: int | None
    members: int = 0
    bytes: int = 0
    free: int = field(init=False)

    def __post_init__(self) -> None:
        self.free = shutil.disk_usage(self.folder).free

    def count_member(self) -> None:
        """Count one member; raises DataError for too many."""
        self.members += 1
        if self.members > MOST_MEMBERS:
            raise self._over(f"more than {MOST_MEMBERS:,} files")

    def count_bytes(self, number: int) -> None:
        """Count bytes that came; raises DataError for too many."""
        self.bytes += number
        self.expect(self.bytes)

    def expect(self, total: int) -> None:
        """Raise DataError where a total of bytes is too many for the disk, or for what they were packed into."""
        if total > min(MOST_BYTES, max(self.free - SPARE, 0)):
            room = f"{total:,} bytes, with {self.free:,} free"
            raise self._over(f"{room} in {self.folder} (set STRIATE_CACHE to a folder with more room)")
        if self.packed is not None and total > max(ALWAYS, RATIO * self.packed):
            raise self._over(f"{total:,} bytes out of {self.packed:,}, over {RATIO} times as many")

    def _over(self, got: str) -> DataError:
        return DataError(
            "what is unpacked or fetched has a reasonable size",
            got=f"{self.source} with {got}",
            fix="unpack it yourself, if you trust it, and give the folder",
        )
