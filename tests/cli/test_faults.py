"""What cannot work ends with one clear message, exit code 2, and nothing half-written."""

import errno
import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from striate.errors import RunError
from striate.runtime import files
from striate.train.folder import held

FAST = ("--architecture", "conv 4 3x3 > relu > globalpool", "--epochs", "1", "--set", "batch=16")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["train", "nowhere"], "data must exist"),
        (["train", "DATA", "--architecture", "conv 4 3x3 > maxpol 2"], "did you mean maxpool"),
        (
            ["train", "DATA", "--architecture", "maxpool 2 > maxpool 2 > maxpool 2 > maxpool 2"],
            "input size to at least",
        ),
        (["train", "DATA", "--set", "rte=1"], "did you mean rate"),
        (["train", "DATA", "--set", "rate"], "a setting is KEY=VALUE"),
        (["train", "DATA", "--epochs", "0"], "epochs must be"),
        (["train", "DATA", "--target", "95"], "a score in (0, 1]"),
        (["train", "DATA", "--minutes", "0.001"], "the minutes must hold all work"),
        (["train", "DATA", "--size", "big"], "a size is"),
        (["train", "DATA", "--size", "²"], "a size is"),
        (["train", "DATA", "--architecture", "dense 9000000 > dense 9000"], "parameters"),
        (["demo", "--seed", "-1"], "--seed"),
        (["train", ""], "data must exist"),
        (["train", "DATA", "--architecture", ""], "a layer must stand here"),
        (["train", "DATA", "--set", "epochs=2", "--epochs", "3"], "each choice is made once"),
        (["train", "DATA", "--set", "size=9", "--size", "12"], "each setting may be given once"),
        (["train", "DATA", "--run", "DATA"], "a new run needs a new or empty folder"),
        (["train", "DATA", "--run", "/proc/run"], "the run folder must be writable"),
        (["test", "nowhere", "DATA"], "a model file must exist"),
        (["predict", "nowhere", "DATA"], "a model file must exist"),
        (["report", "nowhere"], "a finished run folder"),
        (["architecture", "conv"], "needs"),
        (["architecture", "relu", "--input", "3"], "an input is"),
        (["check", "nowhere"], "data must exist"),
        (["train", "DATA", "--epoch", "3"], "--epochs"),
        (["trian", "DATA"], "train"),
    ],
)
def test_one_message_and_exit_code_2(
    words: list[str], message: str, striate: Callable, xo_folder: Path, tmp_path: Path
) -> None:
    done = striate(*(str(xo_folder) if word == "DATA" else word for word in words))
    assert done.code == 2
    assert message in " ".join(done.err.split())
    assert "Traceback" not in done.err
    assert not (tmp_path / "runs").exists()


def _picture(folder: Path, number: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng([number, len(folder.name)]).integers(0, 255, (9, 9), np.uint8)
    Image.fromarray(pixels).save(folder / f"{number}.png")


def _empty(root: Path) -> None:
    root.mkdir()


def _one_class(root: Path) -> None:
    for number in range(4):
        _picture(root / "only", number)


def _lonely_picture(root: Path) -> None:
    for number in range(4):
        _picture(root / "many", number)
    _picture(root / "lonely", 0)


def _no_label_column(root: Path) -> None:
    _one_class(root)
    (root / "table.csv").write_text("path,colour\nonly/0.png,red\nonly/1.png,blue\n")


def _missing_files(root: Path) -> None:
    root.mkdir()
    (root / "table.csv").write_text("path,label\n" + "".join(f"{i}.png,{'ab'[i % 2]}\n" for i in range(20)))


def _only_text(root: Path) -> None:
    for name in "ab":
        (root / name).mkdir(parents=True)
        (root / name / "notes.bin").write_bytes(b"\x01\x02no picture")


def _idx(root: Path, images: bytes, labels: bytes, ending: str = "") -> None:
    root.mkdir()
    (root / f"train-images-idx3-ubyte{ending}").write_bytes(images)
    (root / f"train-labels-idx1-ubyte{ending}").write_bytes(labels)


IMAGES = b"\0\0\x08\x03" + bytes([0, 0, 0, 10, 0, 0, 0, 4, 0, 0, 0, 4]) + bytes(range(160))
LABELS = b"\0\0\x08\x01" + bytes([0, 0, 0, 10]) + bytes([0, 1] * 5)


def _fewer_labels(root: Path) -> None:
    _idx(root, IMAGES, b"\0\0\x08\x01" + bytes([0, 0, 0, 9]) + bytes(9))


def _cut_idx(root: Path) -> None:
    _idx(root, IMAGES[:-5], LABELS)


def _damaged_gzip(root: Path) -> None:
    whole = gzip.compress(IMAGES)
    _idx(root, whole[: len(whole) // 2], gzip.compress(LABELS), ".gz")


@pytest.mark.parametrize(
    ("make", "source", "message"),
    [
        (_empty, "data", "data"),
        (_one_class, "data", "at least two classes"),
        (_lonely_picture, "data", "lonely: 1"),
        (_no_label_column, "data/table.csv", "colour"),
        (_missing_files, "data/table.csv", "none of 20 exists"),
        (_only_text, "data", "notes.bin"),
        (_fewer_labels, "data", "9"),
        (_cut_idx, "data", "train-images"),
        (_damaged_gzip, "data", "train-images"),
    ],
)
def test_data_that_cannot_be_learned_from(
    make: Callable[[Path], None], source: str, message: str, striate: Callable, tmp_path: Path
) -> None:
    make(tmp_path / "data")
    done = striate("train", source, *FAST)
    assert done.code == 2
    assert message in done.err
    assert "; " in done.err  # says what to do
    assert "Traceback" not in done.err
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    "words", [["check", "nowhere"], ["train"], ["train", "x", "--bogus"], ["train", "x", "--epochs", "few"], ["trian"]]
)
def test_json_errors_are_records(words: list[str], striate: Callable) -> None:
    done = striate(*words, "--json")
    assert done.code == 2
    assert {"rule", "message"} <= set(done.record["error"])
    assert done.err


def test_a_folder_at_work_is_left_alone(tmp_path: Path) -> None:
    with held(tmp_path), pytest.raises(RunError, match="another one is at work"), held(tmp_path):
        pass


def test_runs_do_not_go_among_the_data(striate: Callable, xo_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(xo_folder)
    done = striate("train", ".", *FAST)
    assert done.code == 2
    assert "outside of the data" in done.err
    assert not (xo_folder / "runs").exists()


HOSTILE = {
    "no channels": (b'\\"channels\\": 1', b'\\"channels\\": 0'),
    "another task": (b"classification", b"segmentation  "),
    "equal classes": (b'\\"O\\", \\"X\\"', b'\\"O\\", \\"O\\"'),
    "huge height": (b'\\"height\\": 12', b'\\"height\\": 9999999'),
    "no spread": (b'\\"std\\": [0.', b'\\"std\\": [-.'),
}


@pytest.mark.parametrize("fault", HOSTILE)
def test_a_hostile_model_file_is_refused(fault: str, striate: Callable, xo_folder: Path, tmp_path: Path) -> None:
    assert striate("train", xo_folder, *FAST, "--run", "run").code == 0
    whole = (tmp_path / "run" / "model.safetensors").read_bytes()
    size = int.from_bytes(whole[:8], "little")
    before, after = HOSTILE[fault]
    header = whole[8 : 8 + size].replace(before, after)
    assert header != whole[8 : 8 + size]
    file = tmp_path / "hostile.safetensors"
    file.write_bytes(len(header).to_bytes(8, "little") + header + whole[8 + size :])
    done = striate("predict", file, xo_folder)
    assert done.code == 2
    assert "Traceback" not in done.err


def test_weights_that_are_no_numbers_are_named(striate: Callable, xo_folder: Path, tmp_path: Path) -> None:
    assert striate("train", xo_folder, *FAST, "--run", "run").code == 0
    whole = (tmp_path / "run" / "model.safetensors").read_bytes()
    (tmp_path / "nan.safetensors").write_bytes(whole[:-4] + b"\xff\xff\xff\x7f")
    done = striate("predict", "nan.safetensors", xo_folder)
    assert done.code == 2
    assert "not-a-number in" in done.err


def test_a_damaged_model_file_is_named(striate: Callable, xo_folder: Path, tmp_path: Path) -> None:
    assert striate("train", xo_folder, *FAST, "--run", "run").code == 0
    model = tmp_path / "run" / "model.safetensors"
    whole = model.read_bytes()
    faults = {
        "cut.safetensors": whole[: len(whole) // 2],
        "empty.safetensors": b"",
        "text.safetensors": b"no model at all",
        "other.safetensors": whole.replace(b'\\"format\\": 1', b'\\"format\\": 7'),
        "line.safetensors": whole.replace(b"conv 4 3x3 > relu", b"conv 5 3x3 > relu"),
    }
    for name, content in faults.items():
        assert content != whole, name
        (tmp_path / name).write_bytes(content)
        done = striate("predict", name, xo_folder)
        assert done.code == 2, name
        assert name in done.err
        assert "Traceback" not in done.err


def test_a_full_disk_leaves_nothing_half_written(
    striate: Callable, xo_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(files, "_flush", full)
    done = striate("train", xo_folder, *FAST, "--run", "run")
    assert done.code == 2
    assert "No space left" in done.err
    assert list((tmp_path / "run").rglob("*")) == []


def test_a_file_that_may_not_grow_leaves_what_was_there(tmp_path: Path) -> None:
    model = tmp_path / "model.safetensors"
    model.write_bytes(b"before")
    code = (
        "import resource, signal, sys, torch; from pathlib import Path\n"
        "from striate.checkpoint import save_checkpoint\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try: save_checkpoint(Path(sys.argv[1]), {'weight': torch.zeros(10_000)}, {'format': 1})\n"
        "except OSError: sys.exit(7)"
    )
    done = subprocess.run([sys.executable, "-c", code, model], capture_output=True, text=True, check=False)
    assert done.returncode == 7, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]
    assert model.read_bytes() == b"before"


def test_pictures_that_cannot_be_read_are_named_in_prediction(
    striate: Callable, xo_folder: Path, tmp_path: Path
) -> None:
    assert striate("train", xo_folder, *FAST, "--run", "run").code == 0
    (tmp_path / "notes.png").write_text("no picture")
    done = striate("predict", "run", tmp_path / "notes.png")
    assert done.code == 2
    assert "notes.png" in done.err
    mixed = striate("predict", "run", tmp_path / "notes.png", next((xo_folder / "test" / "X").iterdir()), "--json")
    assert mixed.code == 0
    assert len(mixed.record["predictions"]) == 1
    assert mixed.record["refused"][0]["name"].endswith("notes.png")
