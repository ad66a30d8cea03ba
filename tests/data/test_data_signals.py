"""Signals: .ts files, files in class folders, rows of tables, arrays; one length, and every fault by name."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from waves import make_waves

from striate.data.augment.signals import augment_signals
from striate.data.catalogue import Catalogue
from striate.data.decode.faults import RefusedError
from striate.data.decode.signals import choose_length, read_signal
from striate.data.numbers import is_numeric, read_rows
from striate.data.open import open_data
from striate.data.place import Place
from striate.data.sources.table import choose_source
from striate.errors import DataError
from striate.recipe import Augmentation
from striate.records import SignalInput

Signals = np.ndarray


def write(file: Path, text: str | bytes) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def as_ts(signals: Signals, labels: list[str], head: str = "", *, stamps: str = "false") -> str:
    lines = [
        ":".join(",".join(f"{v:.6g}" for v in c) for c in x) + f":{y}" for x, y in zip(signals, labels, strict=True)
    ]
    text = "# made up\n@problemName Waves\n@timeStamps " + stamps + "\n@classLabel true sine chirp burst\n"
    return (text + head + "@data\n" + "\n".join(lines) + "\n").replace("nan", "?")


def as_rows(signals: Signals, labels: list[str], apart: str = "\t") -> str:
    return "".join(apart.join([y, *(f"{v:.6g}" for v in x[0])]) + "\n" for x, y in zip(signals, labels, strict=True))


def plant(root: Path, signals: Signals, labels: list[str], ending: str) -> Path:
    for i, (signal, label) in enumerate(zip(signals, labels, strict=True)):
        file = root / label / f"{i}{ending}"
        file.parent.mkdir(parents=True, exist_ok=True)
        if ending == ".npy":
            np.save(file, signal.T)
        else:
            np.savetxt(file, signal.T, delimiter="," if ending == ".csv" else " ", header="a,b", comments="")
    return root


def notices(catalogue: Catalogue) -> dict[str, int]:
    return {notice.what: notice.count for notice in catalogue.ledger.notices}


def refused(catalogue: Catalogue) -> dict[str, str]:
    return {refusal.name: refusal.reason for refusal in catalogue.ledger.refusals}


# ---- .ts files


def test_train_and_test_files_give_the_split(tmp_path: Path) -> None:
    signals, labels = make_waves(30, channels=2)
    write(tmp_path / "Waves_TRAIN.ts", as_ts(signals[:20], labels[:20]))
    write(tmp_path / "Waves_TEST.ts", as_ts(signals[20:], labels[20:]))
    write(tmp_path / "Waves.md", "made up")
    catalogue = open_data(tmp_path)
    assert (catalogue.format, catalogue.classes) == ("ts", ("burst", "chirp", "sine"))
    assert catalogue.inputs.dtype == np.float32
    assert catalogue.spec == SignalInput(channels=2, length=64, mean=(0.0, 0.0), std=(1.0, 1.0))
    test = catalogue.select("test")
    np.testing.assert_allclose(test.inputs, signals[20:], rtol=1e-5)
    assert [catalogue.classes[k] for k in test.targets] == labels[20:]
    assert notices(catalogue)["files of another form passed over, not counted as found"] == 1


def test_one_file_alone_is_split(tmp_path: Path) -> None:
    catalogue = open_data(write(tmp_path / "Waves_TRAIN.ts", as_ts(*make_waves(60))))
    assert {name: int((catalogue.splits == name).sum()) for name in ("train", "validation", "test")} == {
        "train": 42,
        "validation": 9,
        "test": 9,
    }


def test_missing_values_and_unequal_lengths(tmp_path: Path) -> None:
    signals, labels = make_waves(30)
    signals[4, 0, 10:12] = np.nan
    text = as_ts(signals, labels).splitlines()
    text[-1] = "1,2,3:sine"  # shorter
    catalogue = open_data(write(tmp_path / "w.ts", "\n".join(text)))
    assert catalogue.inputs.shape == (30, 1, 64)
    assert np.isnan(catalogue.inputs[4, 0]).nonzero()[0].tolist() == [10, 11]
    assert np.isnan(catalogue.inputs[29, 0]).sum() == 61
    said = notices(catalogue)
    assert said["with missing values, taken as the channel's mean"] == 1
    assert said["shorter than 64, padded as missing"] == 1


def test_faulty_lines_are_refused(tmp_path: Path) -> None:
    signals, labels = make_waves(60)
    lines = ["1,2,x:sine", "1,2,3", "1,2,3:", "1,2,inf:sine", "?,?:sine", "1,2:3,4:sine", "5,5,5:sine"]
    catalogue = open_data(write(tmp_path / "w.ts", as_ts(signals, labels) + "\n".join(lines)))
    assert refused(catalogue) == {
        "line 66": "has 'x', no number",
        "line 67": "has no label",
        "line 68": "has no label",
        "line 69": "holds infinity",
        "line 70": "holds no value, all are missing",
        "line 71": "has 2 channels, not 1",
    }
    assert notices(catalogue)["the same value throughout each channel, kept"] == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (as_ts(*make_waves(9), stamps="true"), "equal distances in time, got .* with time stamps"),
        (as_ts(*make_waves(9)).replace("@classLabel true", "@classLabel false"), "without @classLabel true"),
        (as_ts(*make_waves(9)).replace("@data", "#data"), "without @data"),
    ],
)
def test_files_that_cannot_be_used_say_why(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=words):
        open_data(write(tmp_path / "w.ts", text))


def test_several_problems_in_a_folder_are_named(tmp_path: Path) -> None:
    for name in ("Gun_TRAIN.ts", "Gun_TEST.ts", "Waves_TRAIN.ts"):
        write(tmp_path / name, as_ts(*make_waves(9)))
    with pytest.raises(DataError, match=r"Gun_TEST.ts, Gun_TRAIN.ts; and Waves_TRAIN.ts"):
        open_data(tmp_path)


def test_other_files_of_that_ending_are_no_signals(tmp_path: Path) -> None:
    write(tmp_path / "index.ts", "export const x: number = 1;\n")
    with pytest.raises(DataError, match="data is"):
        open_data(tmp_path)


def test_targets_that_are_numbers(tmp_path: Path) -> None:
    signals, _ = make_waves(30)
    text = as_ts(signals, [f"{i / 4}" for i in range(30)]).replace(
        "@classLabel true sine chirp burst", "@targetlabel true"
    )
    catalogue = open_data(write(tmp_path / "w.ts", text))
    assert (catalogue.task, catalogue.classes) == ("regression", ("target",))
    assert catalogue.targets[:3].tolist() == [[0.0], [0.25], [0.5]]


# ---- class folders


@pytest.mark.parametrize("ending", [".csv", ".txt", ".npy"])
@pytest.mark.parametrize("channels", [1, 3])
def test_class_folders(ending: str, channels: int, tmp_path: Path) -> None:
    signals, labels = make_waves(30, channels=channels)
    catalogue = open_data(plant(tmp_path, signals, labels, ending))
    assert (catalogue.format, catalogue.inputs.shape) == ("signals", (30, channels, 64))
    first = catalogue.names.index(f"sine/0{ending}")
    np.testing.assert_allclose(catalogue.inputs[first], signals[0], rtol=1e-5)


def test_files_that_are_no_signals_are_refused_by_name(tmp_path: Path) -> None:
    signals, labels = make_waves(30, channels=2)
    plant(tmp_path, signals, labels, ".csv")
    write(tmp_path / "sine/empty.csv", "")
    write(tmp_path / "sine/words.csv", "a,b\n1,2\nthree,4\n")
    write(tmp_path / "sine/uneven.csv", "1,2\n3\n")
    write(tmp_path / "chirp/blob.csv", bytes(range(256)))
    write(tmp_path / "chirp/one.csv", "1\n2\n3\n")
    np.save(tmp_path / "burst/text.npy", np.array(["a", "b"]))
    reasons = refused(open_data(tmp_path))
    for name, reason in {
        "sine/empty.csv": "is no signal: rows of numbers have one length, got none",
        "sine/words.csv": "is no signal: cells are numbers, got 'three' in line 3",
        "sine/uneven.csv": "is no signal: rows of numbers have one length, got 1 and 2 cells",
        "chirp/blob.csv": "is binary, not text",
        "chirp/one.csv": "has 1 channels, not 2",
        "burst/text.npy": "no numbers",
    }.items():
        assert reason in reasons.pop(name)
    assert not reasons


def test_most_signals_decide_about_channels_and_too_few_left_is_an_error(tmp_path: Path) -> None:
    signals, labels = make_waves(9)
    plant(tmp_path, signals, labels, ".csv")
    for i in range(20):
        write(tmp_path / f"sine/bad{i}.csv", "1\ninf\n")
    with pytest.raises(DataError, match=r"20 of 29 are not: sine/bad0.csv holds infinity"):
        open_data(tmp_path)


# ---- rows of tables


@pytest.mark.parametrize("ending", [".tsv", ".txt"])
def test_pairs_of_the_archive_are_told(ending: str, tmp_path: Path) -> None:
    signals, labels = make_waves(30)
    numbers = [f"{('sine', 'chirp', 'burst').index(label):.7e}" for label in labels]
    apart = "\t" if ending == ".tsv" else "  "
    write(tmp_path / f"Waves_TRAIN{ending}", as_rows(signals[:20], numbers[:20], apart))
    write(tmp_path / f"Waves_TEST{ending}", as_rows(signals[20:], numbers[20:], apart))
    catalogue = open_data(tmp_path)
    assert (catalogue.format, catalogue.classes, catalogue.inputs.shape) == ("signals", ("0", "1", "2"), (30, 1, 64))
    assert (catalogue.splits == "test").sum() == 10
    assert notices(catalogue)["labels: the first column"] == 30


@pytest.mark.parametrize("last", [False, True])
def test_a_table_is_one_of_signals_when_that_is_said(last: bool, tmp_path: Path) -> None:
    signals, labels = make_waves(30)
    rows = [line.split(",") for line in as_rows(signals, labels, ",").splitlines()]
    text = "\n".join(",".join([*row[1:], row[0]] if last else row) for row in rows)
    file = write(tmp_path / "waves.csv", text)
    assert choose_source(Place(file)).FORMAT != "signals"
    catalogue = open_data(file, format="signals")
    np.testing.assert_allclose(catalogue.inputs, signals, rtol=1e-5)
    assert [catalogue.classes[k] for k in catalogue.targets] == labels


def test_rows_padded_with_nothing_end_earlier(tmp_path: Path) -> None:
    signals, labels = make_waves(30)
    signals[0, 0, 50:] = np.nan
    file = write(tmp_path / "w.tsv", as_rows(signals, labels))
    catalogue = open_data(file, format="signals")
    assert catalogue.sizes[0].tolist() == [1, 50]
    assert "with missing values, taken as the channel's mean" not in notices(catalogue)


def test_a_table_without_labels_is_an_error(tmp_path: Path) -> None:
    signals, _ = make_waves(9)
    file = write(tmp_path / "w.tsv", as_rows(signals, [f"{i}.5" for i in range(9)]))
    with pytest.raises(DataError, match="a class in the first or the last column"):
        open_data(file, format="signals")


# ---- arrays


@pytest.mark.parametrize("shape", ["NT", "NCT", "NTC"])
def test_arrays(shape: str, tmp_path: Path) -> None:
    signals, labels = make_waves(30, channels=1 if shape == "NT" else 3)
    given = {"NT": signals[:, 0], "NCT": signals, "NTC": signals.transpose(0, 2, 1)}[shape]
    np.savez(tmp_path / "w.npz", x=given, y=np.array(labels))
    catalogue = open_data(tmp_path / "w.npz", format="signals")
    np.testing.assert_array_equal(catalogue.inputs, signals)
    turned = "taken as 64 moments of 3 channels"
    assert (turned in notices(catalogue)) == (shape == "NTC")
    memory = open_data((given, labels), format="signals")
    assert memory.fingerprint != catalogue.fingerprint  # other names
    np.testing.assert_array_equal(memory.inputs, signals)


def test_arrays_of_two_equal_axes_are_ambiguous() -> None:
    with pytest.raises(DataError, match="T larger than C"):
        open_data((np.zeros((6, 5, 5)), [0, 1] * 3), format="signals")


# ---- length, models, prediction


def test_one_length_for_many() -> None:
    assert choose_length(np.array([3, 3, 3])) == 3
    assert choose_length(np.array([10] * 199 + [500])) == 10
    assert choose_length(np.array([100_000] * 3)) == 8192


def test_asked_length_and_that_of_a_model(tmp_path: Path) -> None:
    signals, labels = make_waves(30, channels=2)
    plant(tmp_path, signals, labels, ".npy")
    assert open_data(tmp_path, size=20).inputs.shape == (30, 2, 20)
    spec = SignalInput(channels=2, length=80, mean=(1.0, 2.0), std=(3.0, 4.0))
    catalogue = open_data(tmp_path, like=spec, as_test=True)
    assert catalogue.spec == spec
    assert np.isnan(catalogue.inputs[:, :, 64:]).all()
    np.testing.assert_array_equal(read_signal(tmp_path / "sine/0.npy", spec), catalogue.inputs[-10])


def test_signals_for_prediction_say_why_not(tmp_path: Path) -> None:
    spec = SignalInput(channels=2, length=8, mean=(0.0, 0.0), std=(1.0, 1.0))
    for name, text, reason in [
        ("a.csv", "1\n2\n", "has 1 channels, not 2"),
        ("b.csv", "1,inf\n2,3\n", "holds infinity"),
        ("c.csv", "", "is no signal"),
    ]:
        with pytest.raises(RefusedError, match=reason):
            read_signal(write(tmp_path / name, text), spec)
    with pytest.raises(RefusedError, match="is missing"):
        read_signal(tmp_path / "none.csv", spec)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("1,2\n3,4\n", [[1, 2], [3, 4]]),
        ("x;y\n1;2\n", [[1, 2]]),
        ("1 2\r\n3 ?\r\n", [[1, 2], [3, np.nan]]),
        ("1,,3\n", [[1, np.nan, 3]]),
    ],
)
def test_rows_of_numbers(text: str, rows: list[list[float]]) -> None:
    np.testing.assert_array_equal(read_rows(text), rows)


def test_numbers_are_told_from_words() -> None:
    assert is_numeric(["1 2 3", "4,5;6"]) and not is_numeric(["1 two", "3 four"]) and not is_numeric(["", " "])


# ---- disturbances


@pytest.mark.parametrize("settings", [{"shift": 0.2}, {"warp": 0.4}, {"scale": 0.3}, {"noise": 0.1}, {"cutout": 0.25}])
def test_each_disturbance_changes_signals_and_repeats_itself(settings: dict[str, Any]) -> None:
    signals = torch.from_numpy(make_waves(12, channels=2)[0])
    chosen = torch.tensor([3, 1, 3])
    once, again = (
        augment_signals(signals, Augmentation(**settings), torch.Generator().manual_seed(5), chosen=chosen)
        for _ in range(2)
    )
    assert once.shape == (3, 2, 64) and once.dtype == torch.float32
    torch.testing.assert_close(once, again, equal_nan=True)
    assert not torch.equal(once.nan_to_num(), signals[chosen])
    assert not torch.equal(once[0].nan_to_num(), once[2].nan_to_num())  # each in its own way


def test_nothing_is_drawn_where_nothing_is_switched_on() -> None:
    generator = torch.Generator().manual_seed(5)
    before = generator.get_state()
    signals = torch.from_numpy(make_waves(4)[0])
    assert torch.equal(augment_signals(signals, Augmentation(), generator, chosen=torch.arange(4)), signals)
    assert torch.equal(generator.get_state(), before)


def test_movement_is_no_larger_than_asked() -> None:
    ramp = torch.arange(100.0)[None, None]
    for settings, most in (({"shift": 0.1}, 10.0), ({"warp": 0.2}, 12.0)):
        moved = augment_signals(
            ramp, Augmentation(**settings), torch.Generator().manual_seed(1), chosen=torch.zeros(50, dtype=torch.long)
        )
        assert 1 < (moved - ramp).abs().max() <= most
        assert (moved.diff(dim=2) >= 0).all()  # time never runs backwards


def test_missing_values_stay_missing_and_cut_ones_join_them() -> None:
    signals = torch.from_numpy(make_waves(6)[0])
    signals[:, :, 40:] = torch.nan
    settings = Augmentation(noise=0.1, scale=0.1, cutout=0.25)
    done = augment_signals(signals, settings, torch.Generator().manual_seed(2), chosen=torch.arange(6))
    assert done[:, :, 40:].isnan().all()
    assert (done[:, :, :40].isnan().sum(2) <= 16).all() and done[:, :, :40].isnan().any()
