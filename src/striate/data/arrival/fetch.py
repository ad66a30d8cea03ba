"""Data at an address, such as https:// or s3://, fetched into the cache by fsspec, once as long as it is the same."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from striate.data.arrival.bounds import Bounds
from striate.data.arrival.kept import Arrival, keep, measure
from striate.data.arrival.member import place_member
from striate.errors import DataError, StriateError, UsageError, nearest
from striate.runtime.progress import bar

ADDRESS = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+)://")
# protocol -> the package that speaks it beside fsspec; no others: some of fsspec's run code that an address holds
PACKAGES = {
    **dict.fromkeys(("http", "https"), "aiohttp"),
    **dict.fromkeys(("s3", "s3a"), "s3fs"),
    **dict.fromkeys(("gs", "gcs"), "gcsfs"),
    **dict.fromkeys(("az", "abfs", "abfss", "adl"), "adlfs"),
    **dict.fromkeys(("sftp", "ssh"), "paramiko"),
    **dict.fromkeys(("ftp", "memory"), ""),
    "hf": "huggingface_hub",
    "hdfs": "pyarrow",
    "webhdfs": "requests",
    "smb": "smbprotocol",
}
STAMPS = frozenset(("etag", "mtime", "last-modified", "lastmodified", "last_modified", "content-md5", "md5", "created"))
AT_ONCE = 8  # files fetched at the same time
VERSION = 1  # raise it whenever fetching gives other files


def is_address(source: str) -> bool:
    """Tell whether a source is an address rather than a path.

    >>> is_address("s3://bucket/photos"), is_address("C:/photos")
    (True, False)
    """
    return ADDRESS.match(source) is not None


def show_address(source: str) -> str:
    """Give an address as records may hold it: without a password or token.

    >>> show_address("https://me:secret@host/a.zip?token=1")
    'https://host/a.zip'
    """
    parts = urlsplit(source)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def fetch(source: str) -> tuple[Path, Arrival | None]:
    """Fetch the file or folder at an address, or find it in the cache; give it with the record of what came.

    A `file://` address is the path itself. Raises DataError where nothing can be reached, and UsageError for a protocol
    that is not known or lacks its package.
    """
    protocol = source.partition("://")[0].lower()
    if protocol in ("file", "local"):
        return Path(unquote(source.partition("://")[2])), None
    shown = show_address(source)
    system, root = _connect(source, protocol)
    files = _list(system, root, shown)
    stamp = [(name, info.get("size"), *_stamp(info)) for name, info in files.items()]
    folder, arrival = keep(("fetched", VERSION, source, *stamp), lambda place: _fetch(system, files, shown, place))
    alone = files.keys() == {""}
    return (folder / _file_name(shown) if alone else folder), arrival


def _connect(source: str, protocol: str) -> tuple[Any, str]:
    """Give the file system and the path in it."""
    if protocol not in PACKAGES or "::" in source:
        known = [f"{name}://" for name in ("file", *PACKAGES)]
        raise UsageError(
            "an address is of a known protocol, and of one alone",
            got=show_address(source),
            fix=nearest(f"{protocol}://", known),
        )
    try:
        import fsspec
    except ImportError:
        raise UsageError(
            "addresses are fetched by fsspec", got="none installed", fix="pip install 'striate[remote]'"
        ) from None
    try:
        system, path = fsspec.core.url_to_fs(source)
    except ImportError as error:
        package = PACKAGES[protocol]
        raise UsageError(
            f"{protocol}:// needs the package {package}", got=str(error), fix=f"pip install {package}"
        ) from None
    except Exception as error:  # of whatever package speaks the protocol
        raise _unreachable(show_address(source), error) from error
    return system, path


def _list(system: Any, root: str, shown: str) -> dict[str, dict[str, Any]]:
    """Give what is known of each file by its name below the address, "" for the address itself."""
    try:
        info = system.info(root)
        if info["type"] != "directory":
            return {"": info}
        found = system.find(root, detail=True)
    except Exception as error:
        raise _unreachable(shown, error) from error
    above = len(info["name"].rstrip("/"))
    files = {name[above:].lstrip("/"): item for name, item in sorted(found.items()) if item["type"] == "file"}
    if not files:
        raise DataError("data must exist", got=f"{shown}, which holds no files", fix="check the address")
    return files


def _fetch(system: Any, files: dict[str, dict[str, Any]], shown: str, folder: Path) -> Arrival:
    """Fetch all files into a folder, within bounds."""
    from fsspec.callbacks import Callback

    sizes = [item.get("size") for item in files.values()]
    known = sum(size for size in sizes if size is not None) if None not in sizes else None
    bounds = Bounds(source=shown, folder=folder, packed=None)
    bounds.expect(known or 0)

    with bar(f"fetching {_file_name(shown)}", known) as advance:

        class Count(Callback):  # type: ignore[misc]
            def relative_update(self, inc: int = 1) -> None:
                bounds.count_bytes(inc)
                advance(inc)

        def get(name: str) -> None:
            place = folder / (place_member(name, shown) if name else PurePosixPath(_file_name(shown)))
            place.parent.mkdir(parents=True, exist_ok=True)
            system.get_file(files[name]["name"], str(place), callback=Count())
            size = files[name].get("size")
            if size is not None and place.stat().st_size != size:
                raise EOFError(f"{place.stat().st_size:,} of {size:,} bytes of {name or shown} came")

        for _ in files:
            bounds.count_member()
        try:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                for _ in pool.map(get, files):
                    pass
        except StriateError:
            raise
        except Exception as error:
            raise _unreachable(shown, error) from error
    count, size = measure(folder)
    return Arrival(source=shown, files=count, bytes=size)


def _stamp(info: dict[str, Any]) -> tuple[str, ...]:
    """Give what changes with the file; the time where the other side does not tell, so that it is fetched anew."""
    told = tuple(str(value) for key, value in sorted(info.items()) if key.lower() in STAMPS and value is not None)
    return told or (str(time.time_ns()),)


def _file_name(shown: str) -> str:
    """Give the last part of an address, by whose ending its format is told."""
    return unquote(urlsplit(shown).path.rstrip("/").rpartition("/")[2]).replace("/", "_").lstrip(".") or "data"


def _unreachable(shown: str, error: Exception) -> DataError:
    cause = error.__cause__ or error  # fsspec says of every fault of the web that there is no such file
    return DataError(
        "data must exist, and be reachable",
        got=f"{shown}: {str(cause) or type(cause).__name__:.300}",
        fix="check address, network and rights; or fetch it yourself and give the file",
    )
