"""Archives: equal to the folder they came from; whatever is hostile or broken in them is named, and nothing escapes."""

import bz2
import io
import stat
import tarfile
import threading
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from photographs import plant
from PIL import Image

from striate.data.arrival import bounds, unpack
from striate.data.catalogue import Catalogue
from striate.data.open import open_data
from striate.errors import DataError

ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")


def png(seed: int) -> bytes:
    content = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (8, 8), dtype=np.uint8)).save(content, format="PNG")
    return content.getvalue()


def pictures(n: int = 4) -> dict[str, bytes]:
    """Members of a small archive of two classes."""
    return {f"{label}/{i}.png": png(ord(label) + 1000 * i) for label in "ab" for i in range(n)}


def pack(file: Path, members: dict[str, bytes | tarfile.TarInfo | zipfile.ZipInfo]) -> Path:
    """Write an archive as the ending of its name has it; a value may be a header instead of content."""
    if file.name.endswith(".zip"):
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return file
    packing = {".tar": ""}.get(file.suffix, file.suffix[1:].replace("tgz", "gz"))
    with tarfile.open(file, f"w:{packing}") as archive:
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                archive.addfile(content)
            else:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return file


def pack_folder(folder: Path, file: Path, top: str) -> Path:
    """Archive a folder with everything in it, below a top folder of this name or right at the top."""
    if file.suffix == ".zip":
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.rglob("*")):
                archive.write(path, f"{top}{path.relative_to(folder).as_posix()}")
        return file
    packing = {".tar": ""}.get(file.suffix, file.suffix[1:].replace("tgz", "gz"))
    with tarfile.open(file, f"w:{packing}") as archive:
        archive.add(folder, top.rstrip("/") or ".")
    return file


def alike(one: Catalogue, other: Catalogue) -> bool:
    arrays = ("targets", "splits", "inputs", "sizes")
    plain = ("format", "task", "classes", "names", "spec", "digests", "split_rule", "fingerprint")
    refused = [{(item.name, item.reason) for item in catalogue.ledger.refusals} for catalogue in (one, other)]
    return (
        refused[0] == refused[1]
        and one.ledger.notices == other.ledger.notices
        and all(np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays)
        and all(getattr(one, name) == getattr(other, name) for name in plain)
    )


@pytest.mark.parametrize("top", ["", "photos/", "./"])
@pytest.mark.parametrize("ending", ENDINGS)
def test_an_archive_equals_its_folder(ending: str, top: str, tmp_path: Path) -> None:
    for name, content in pictures().items():
        for split in ("train", "test"):
            file = tmp_path / "photos" / split / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if split == "train" else png(hash(name) % 1000 + 7))
    (tmp_path / "photos/train/a/notes.txt").write_text("no picture")
    (tmp_path / "photos/.DS_Store").write_text("")
    (tmp_path / "photos/train/b/again.png").symlink_to("0.png")
    file = pack_folder(tmp_path / "photos", tmp_path / f"packed{ending}", top)
    one, other = open_data(tmp_path / "photos"), open_data(file)
    assert alike(one, other)
    assert one.ledger.refused == 1
    assert other.source == str(file)


def test_a_folder_of_faults_equals_its_archive(tmp_path: Path) -> None:
    plant(tmp_path / "photographs")
    (tmp_path / "photographs/coffee/gone.jpg").unlink()
    (tmp_path / "photographs/coffee/gone.jpg").symlink_to("nowhere.jpg")
    (tmp_path / "photographs/cat/circle").unlink()
    (tmp_path / "photographs/cat/circle").symlink_to("..", target_is_directory=True)
    file = pack_folder(tmp_path / "photographs", tmp_path / "packed.tar.gz", "photographs/")
    one = open_data(tmp_path / "photographs")
    assert alike(one, open_data(file))
    assert alike(one, open_data(file))  # found in the cache


def test_top_folders_of_splits_are_kept(tmp_path: Path) -> None:
    file = pack(tmp_path / "x.zip", {f"train/{name}": content for name, content in pictures().items()})
    assert "as given" in open_data(file).split_rule


def test_folders_that_hold_but_a_folder_are_entered(tmp_path: Path) -> None:
    file = pack(tmp_path / "x.zip", {f"one/two/three/{name}": content for name, content in pictures().items()})
    catalogue = open_data(file)
    assert catalogue.names[0] == "a/0.png"
    with zipfile.ZipFile(file) as archive:
        archive.extractall(tmp_path / "x")
    assert open_data(tmp_path / "x").fingerprint == catalogue.fingerprint
    assert [item.names for item in catalogue.ledger.notices if "folder entered" in item.what] == [("two/three",)]


def test_tables_and_arrays_in_archives(tmp_path: Path) -> None:
    table = "path,label\n" + "".join(f"{name},{name[0]}\n" for name in pictures())
    moved = {f"p/{name}": content for name, content in pictures().items()}
    lines = table.replace("\na/", "\np/a/").replace("\nb/", "\np/b/")
    assert open_data(pack(tmp_path / "t.zip", {**moved, "t.csv": lines.encode()})).format == "csv"
    arrays = io.BytesIO()
    np.savez(arrays, images=np.arange(8, dtype=np.uint8).repeat(81).reshape(8, 9, 9), labels=np.arange(8) % 2)
    catalogue = open_data(pack(tmp_path / "n.tgz", {"n.npz": arrays.getvalue()}))
    assert (catalogue.format, catalogue.source) == ("arrays", str(tmp_path / "n.tgz"))


def test_tables_in_archives_name_nothing_outside(tmp_path: Path) -> None:
    (tmp_path / "mine.png").write_bytes(png(5))
    lines = [
        "path,label",
        *(f"p/{name},{name[0]}" for name in pictures()),
        f"{tmp_path}/mine.png,a",
        "../../mine.png,b",
    ]
    members = {f"p/{name}": content for name, content in pictures().items()}
    ledger = open_data(pack(tmp_path / "t.zip", {**members, "t.csv": "\n".join(lines).encode()})).ledger
    assert [item.reason for item in ledger.refusals] == ["leads out of the archive"] * 2
    assert ledger.used == 8


def test_unpacked_once(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = pack(tmp_path / "x.zip", pictures())
    first = open_data(file)
    entry = next((cache / "arrived").iterdir())
    with monkeypatch.context() as patch:
        patch.setattr(unpack, "_unpack", lambda *_: pytest.fail("unpacked again"))
        assert alike(first, open_data(file))
    (entry / "content/a/0.png").unlink()  # something is missing
    assert alike(first, open_data(file))
    pack(file, pictures(5))
    assert open_data(file).ledger.used == 10
    monkeypatch.setenv("STRIATE_CACHE", "off")
    assert open_data(file).ledger.used == 10


@pytest.mark.parametrize("ending", [".zip", ".tar"])
@pytest.mark.parametrize(
    "name", ["../evil.png", "a/../../evil.png", "/tmp/evil.png", "C:/evil.png", "a/..", "\\\\host\\evil.png"]
)
def test_names_that_lead_out_stop_it(name: str, ending: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    file = pack(tmp_path / "in" / f"x{ending}", {**pictures(), name: png(1)})
    with pytest.raises(DataError, match=r"members of an archive lie below it.*evil|members of an archive.*'a/\.\.'"):
        open_data(file)
    assert not [path for path in tmp_path.rglob("*evil*") if "cache" not in path.parts]
    assert not Path("/tmp/evil.png").exists()
    assert not list((tmp_path / "cache").glob("**/*.png"))  # nothing is left


def tar_link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def zip_link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return info


LINKS = {"a/out.png": "/etc/hostname", "a/up.png": "../../out.png", "b": "", "a/in.png": "0.png", "a/dead.png": "none"}


@pytest.mark.parametrize("ending", [".zip", ".tar"])
def test_links_that_lead_out_are_refused(ending: str, tmp_path: Path) -> None:
    file = tmp_path / f"x{ending}"
    links = {name: target for name, target in LINKS.items() if target}
    if ending == ".tar":
        pack(file, {**pictures(), **{name: tar_link(name, target) for name, target in links.items()}})
    else:
        pack(file, pictures())
        with zipfile.ZipFile(file, "a") as archive:
            for name, target in links.items():
                archive.writestr(zip_link(name), target)
    ledger = open_data(file).ledger
    reasons = {item.name: item.reason for item in ledger.refusals}
    assert reasons == {
        "a/out.png": "is a link that leads out of the archive",
        "a/up.png": "is a link that leads out of the archive",
        "a/dead.png": "is a link to nothing",
    }
    assert (ledger.found, ledger.used) == (12, 9)


def test_nothing_is_written_or_read_through_links(tmp_path: Path) -> None:
    """A link to a folder outside, and a file below it; links that lead out only together."""
    members = {**pictures(), "a/door": tar_link("a/door", str(tmp_path)), "a/door/evil.png": png(9)}
    members |= {
        "a/x/y/0.txt": b"",
        "a/deep": tar_link("a/deep", "x/y"),
        "a/far": tar_link("a/far", "deep/../../../../e"),
    }
    catalogue = open_data(pack(tmp_path / "x.tar", members))
    assert not (tmp_path / "evil.png").exists()
    reasons = {item.name: item.reason for item in catalogue.ledger.refusals}
    assert reasons["a/door"] == "is a link in the place of a folder"
    assert reasons["a/far"] == "is a link that leads out of the archive"
    assert "a/door/evil.png" in catalogue.names


def test_hard_links_devices_and_pipes(tmp_path: Path) -> None:
    members = {
        **pictures(),
        "a/same.png": tar_link("a/same.png", "a/0.png", tarfile.LNKTYPE),
        "a/lost.png": tar_link("a/lost.png", "a/none.png", tarfile.LNKTYPE),
        "a/pipe.png": tar_link("a/pipe.png", "", tarfile.FIFOTYPE),
        "a/disk.png": tar_link("a/disk.png", "", tarfile.BLKTYPE),
        ".hidden": tar_link(".hidden", "", tarfile.CHRTYPE),
    }
    ledger = open_data(pack(tmp_path / "x.tar", members)).ledger
    assert {item.name: item.reason for item in ledger.refusals} == {
        "a/lost.png": "is a link to nothing",
        "a/pipe.png": "is no regular file",
        "a/disk.png": "is no regular file",
    }
    assert (ledger.found, ledger.used) == (12, 9)
    with pytest.raises(DataError, match="members of an archive"):
        open_data(pack(tmp_path / "y.tar", {"a/p.png": tar_link("a/p.png", "../../etc/passwd", tarfile.LNKTYPE)}))


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.75])
def test_cut_off(share: float, ending: str, tmp_path: Path) -> None:
    file = pack(tmp_path / f"x{ending}", pictures())
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(DataError, match=r"an archive must be whole.*fetch it again"):
        open_data(file)


@pytest.mark.parametrize("blocks", [2, 4, 7])
def test_a_tar_cut_between_members_is_seen(blocks: int, tmp_path: Path) -> None:
    file = pack(tmp_path / "x.tar", pictures())
    file.write_bytes(file.read_bytes()[: blocks * 512])
    with pytest.raises(DataError, match="an archive must be whole"):
        open_data(file)


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_damage_escapes(ending: str, tmp_path: Path) -> None:
    random = np.random.default_rng(len(ending))
    file = pack(tmp_path / f"x{ending}", pictures())
    whole = np.frombuffer(file.read_bytes(), np.uint8)
    outcomes = set()
    for _ in range(25):
        content = whole.copy()
        places = random.integers(0, len(content), 4)
        content[places] = random.integers(0, 256, 4)
        file.write_bytes(content.tobytes())
        try:
            outcomes.add(open_data(file).ledger.used)
        except DataError:
            outcomes.add("refused")
    assert "refused" in outcomes or ending == ".tar"  # which has no checksum of contents


def test_a_damaged_header_is_no_end(tmp_path: Path) -> None:
    """tarfile would stop there in silence."""
    file = pack(tmp_path / "x.tar", pictures())
    content = bytearray(file.read_bytes())
    content[content.index(b"b/1.png")] ^= 1
    file.write_bytes(content)
    with pytest.raises(DataError, match="no header where one must be"):
        open_data(file)


def test_passwords(tmp_path: Path) -> None:
    file = pack(tmp_path / "x.zip", pictures())
    content = file.read_bytes()
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):  # the flags of every member, here and in the directory
        parts = content.split(mark)
        content = mark.join([parts[0], *(p[: at - 4] + bytes([p[at - 4] | 1]) + p[at - 3 :] for p in parts[1:])])
    file.write_bytes(content)
    with pytest.raises(DataError, match=r"without a password, got .*x\.zip, whose member a/0\.png is encrypted"):
        open_data(file)


def test_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = bytes(3_000_000)
    monkeypatch.setattr(bounds, "ALWAYS", 2_000_000)
    for ending in (".zip", ".tar.gz", ".tar.xz"):
        with pytest.raises(DataError, match="over 200 times as many; unpack it yourself"):
            open_data(pack(tmp_path / f"x{ending}", {"a/0.png": zeros}))
    assert not list((tmp_path / "cache").rglob("*.png"))
    monkeypatch.undo()
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(bounds, "MOST_BYTES", 500)
    with pytest.raises(DataError, match=r"free in .*set STRIATE_CACHE"):
        open_data(pack(tmp_path / "y.zip", pictures()))
    monkeypatch.undo()
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(bounds, "MOST_MEMBERS", 5)
    with pytest.raises(DataError, match="more than 5 files"):
        open_data(pack(tmp_path / "z.tar", pictures()))


def test_a_zip_that_declares_less_than_it_holds(tmp_path: Path) -> None:
    file = pack(tmp_path / "x.zip", {"a/0.png": bytes(100_000)})
    content = file.read_bytes().replace((100_000).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    file.write_bytes(content)
    with pytest.raises(DataError, match="an archive must be whole"):
        open_data(file)


def test_a_long_header_takes_no_memory(tmp_path: Path) -> None:
    info = tarfile.TarInfo("long")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 8 * 2**30
    (tmp_path / "x.tar").write_bytes(info.tobuf(tarfile.GNU_FORMAT) + bytes(2048))
    with pytest.raises(DataError, match=r"a header of 8,589,934,592 bytes"):
        open_data(tmp_path / "x.tar")


@pytest.mark.parametrize("tool", ["utf-8", "bytes", "dos"])
def test_names_of_zip_archives(tool: str, tmp_path: Path) -> None:
    """As Info-ZIP on Linux and macOS (UTF-8 without a flag, or any bytes), and old programs on Windows, write them."""
    raw = {"utf-8": "bär".encode(), "bytes": b"b\xe4r", "dos": b"b\x84r"}[tool]
    members = {f"{'XXXX'[: len(raw)]}/{i}.png": png(i) for i in range(4)} | {f"b/{i}.png": png(9 + i) for i in range(4)}
    file = pack(tmp_path / "x.zip", members)
    content = file.read_bytes().replace(b"X" * len(raw), raw)
    made_by = b"\x14\x00" if tool == "dos" else b"\x14\x03"
    file.write_bytes(content.replace(b"PK\1\2\x14\x03", b"PK\1\2" + made_by))
    expected = {"utf-8": "bär", "bytes": r"b\xe4r", "dos": "bär"}[tool]
    assert open_data(file).classes == ("b", expected)


def test_what_lies_behind_the_same_name(tmp_path: Path) -> None:
    file = tmp_path / "x.tar"
    with tarfile.open(file, "w") as archive:
        for name, content in [*pictures().items(), ("a/0.png", png(77))]:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    notices = {item.what: item.names for item in open_data(file).ledger.notices}
    assert notices["members of the archive that a later one of the same name replaced"] == ("a/0.png",)


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"PK\3\4", b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\0", bytes(1024), bz2.compress(b"hello")]
)
@pytest.mark.parametrize("ending", [".zip", ".tar", ".tgz"])
def test_what_is_no_archive(ending: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / f"x{ending}").write_bytes(content)
    with pytest.raises(DataError, match=r"x\.(zip|tar|tgz)"):
        open_data(tmp_path / f"x{ending}")


def test_archives_within_a_folder_are_pointed_at(tmp_path: Path) -> None:
    pack(tmp_path / "train.zip", pictures())
    with pytest.raises(DataError, match="give the archive itself"):
        open_data(tmp_path)


def test_two_at_once(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same archive is unpacked twice at the same time: both see it whole, and nothing half-made stays."""
    file = pack(tmp_path / "x.tar.gz", pictures(40))
    together = threading.Barrier(2)
    fill = unpack._unpack
    monkeypatch.setattr(unpack, "_unpack", lambda *words: (together.wait(30), fill(*words))[1])
    with ThreadPoolExecutor(2) as pool:
        assert [catalogue.ledger.used for catalogue in pool.map(open_data, [file, file])] == [80, 80]
    assert not list(cache.glob("draft-*"))
    assert len(list((cache / "arrived").iterdir())) == 1


def test_a_disk_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = pack(tmp_path / "x.zip", pictures())
    opened: Callable[..., io.IOBase] = Path.open

    def fail(path: Path, mode: str = "r", **words: object) -> io.IOBase:
        if mode == "wb":
            raise OSError(28, "No space left on device")
        return opened(path, mode, **words)

    monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(DataError, match=r"needs room to be written to.*No space left.*STRIATE_CACHE"):
        open_data(file)
