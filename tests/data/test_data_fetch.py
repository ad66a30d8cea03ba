"""Data at addresses: fetched once, fetched anew when it has changed, within bounds; what is missing is named."""

import functools
import http.server
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_data_archives import pack, pictures

from striate.data.arrival import bounds, fetch
from striate.data.arrival.fetch import show_address
from striate.data.open import open_data
from striate.errors import DataError, UsageError

fsspec = pytest.importorskip("fsspec")


@pytest.fixture
def memory() -> Iterator[object]:
    """An empty file system in memory."""
    system = fsspec.filesystem("memory")
    system.store.clear()
    yield system
    system.store.clear()


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder and the address at which a server on this machine gives its files."""
    pytest.importorskip("aiohttp")
    (tmp_path / "web").mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=tmp_path / "web"))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield tmp_path / "web", f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def write(system: object, members: dict[str, bytes], top: str = "/photos") -> None:
    for name, content in members.items():
        system.pipe_file(f"{top}/{name}", content)  # type: ignore[attr-defined]


def test_a_folder_at_an_address(memory: object, tmp_path: Path) -> None:
    write(memory, pictures())
    catalogue = open_data("memory://photos")
    for name, content in pictures().items():
        (tmp_path / "p" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "p" / name).write_bytes(content)
    assert open_data(tmp_path / "p").fingerprint == catalogue.fingerprint
    assert catalogue.source == "memory://photos"
    assert open_data(f"file://{tmp_path}/p").fingerprint == catalogue.fingerprint


def test_fetched_once_and_anew_when_it_changed(memory: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(memory, pictures())
    assert open_data("memory://photos").ledger.used == 8
    with monkeypatch.context() as patch:
        patch.setattr(fetch, "_fetch", lambda *_: pytest.fail("fetched again"))
        assert open_data("memory://photos").ledger.used == 8
    write(memory, pictures(5))
    assert open_data("memory://photos").ledger.used == 10
    monkeypatch.setenv("STRIATE_CACHE", "off")
    assert open_data("memory://photos").ledger.used == 10


@pytest.mark.parametrize("ending", [".zip", ".tar.gz"])
def test_an_archive_from_the_web(ending: str, web: tuple[Path, str]) -> None:
    folder, address = web
    pack(folder / f"my photos{ending}", pictures())
    catalogue = open_data(f"{address}/my%20photos{ending}?token=secret")
    assert catalogue.ledger.used == 8
    assert catalogue.source == f"{address}/my%20photos{ending}"  # without the token
    assert open_data(f"{address}/my%20photos{ending}").fingerprint == catalogue.fingerprint


def test_a_text_table_from_the_web(web: tuple[Path, str]) -> None:
    folder, address = web
    (folder / "t.csv").write_text("path,label\na.png,1\nb.png,0\n")
    with pytest.raises(DataError, match=rf"{address}/t\.csv: none of 2 exists"):
        open_data(f"{address}/t.csv")


def test_what_is_not_there(memory: object, web: tuple[Path, str]) -> None:
    with pytest.raises(DataError, match="data must exist, and be reachable, got memory://nowhere"):
        open_data("memory://nowhere")
    with pytest.raises(DataError, match=r"got http://127.*/none\.zip: 404"):
        open_data(f"{web[1]}/none.zip")
    with pytest.raises(DataError, match=r"got http://127\.0\.0\.1:9/a\.zip: .*connect"):
        open_data("http://127.0.0.1:9/a.zip")


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("htps://host/a.zip", "did you mean https://"),
        ("reference://x", "choose from file://"),
        ("filecache::memory://x", "data must exist"),  # a path: no address begins so
        ("memory://a.zip::memory://b", "one alone"),
        ("simplecache://x", "choose from"),
    ],
)
def test_protocols_that_are_not_known(address: str, message: str) -> None:
    """fsspec knows some that read pickles or run templates."""
    with pytest.raises((UsageError, DataError), match=message):
        open_data(address)


@pytest.mark.parametrize(("address", "package"), [("s3://bucket/a.zip", "s3fs"), ("gs://bucket/a.zip", "gcsfs")])
def test_a_missing_package_is_named(address: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UsageError, match=f"needs the package {package}.*pip install {package}"):
        open_data(address)


def test_fsspec_itself_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(UsageError, match=r"pip install 'striate\[remote\]'"):
        open_data("memory://x")


def test_names_that_lead_out(memory: object, monkeypatch: pytest.MonkeyPatch) -> None:
    write(memory, pictures())
    hostile = {"../evil.png": {"name": "/photos/a/0.png", "size": None}}
    monkeypatch.setattr(fetch, "_list", lambda *_: hostile)
    with pytest.raises(DataError, match="the members of an archive lie below it"):
        open_data("memory://photos")


def test_bounds(memory: object, monkeypatch: pytest.MonkeyPatch) -> None:
    write(memory, pictures())
    monkeypatch.setattr(bounds, "MOST_BYTES", 300)
    with pytest.raises(DataError, match="reasonable size, got memory://photos with"):
        open_data("memory://photos")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("s3://bucket/a/b.zip", "s3://bucket/a/b.zip"),
        ("https://me:pass@host:80/a.zip?X-Amz-Signature=1#x", "https://host:80/a.zip"),
        ("memory://photos", "memory://photos"),
    ],
)
def test_secrets_are_not_recorded(address: str, shown: str) -> None:
    assert show_address(address) == shown
