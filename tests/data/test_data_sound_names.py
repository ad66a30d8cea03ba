"""What folders, names and lists say of sounds: labels, splits, groups; nothing is guessed in silence."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from sounds import chirp, noisy, tone, write

from striate.data.catalogue import Catalogue
from striate.data.decode.hearing import choose_hearing
from striate.data.listing import SPLITS
from striate.data.open import open_data
from striate.data.sources.stems import choose_field, find_labels, find_speakers, read_fields
from striate.data.split_groups import split_groups
from striate.errors import DataError, UsageError
from striate.records import TextInput

KINDS = ("up", "down", "flat")
SPEAKERS = ("ann", "bob", "cy", "dee")


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 3 kinds by 4 speakers by 3 takes: up_ann_0.wav."""
    folder = tmp_path_factory.mktemp("named")
    for seed, name in enumerate(f"{kind}_{who}_{take}" for kind in KINDS for who in SPEAKERS for take in range(3)):
        write(folder / f"{name}.wav", noisy(name.split("_")[0], seed))
    return folder


@pytest.fixture
def linked(named: Path, tmp_path: Path) -> Path:
    """The same sounds in a folder of the test's own, below `clips`."""
    folder = tmp_path / "folder"
    (folder / "clips").mkdir(parents=True)
    for file in named.iterdir():
        (folder / "clips" / file.name).symlink_to(file)
    return folder


def said(catalogue: Catalogue) -> str:
    return "\n".join(notice.what for notice in catalogue.ledger.notices)


def split_by(catalogue: Catalogue, place: int) -> set[tuple[str, str]]:
    """Pairs of a field of the names and the split."""
    fields = [Path(name).stem.split("_")[place] for name in catalogue.names]
    return set(zip(fields, catalogue.splits.tolist(), strict=True))


STEMS = {
    "digits": ([f"{d}_{s}_{t}" for d in range(3) for s in ("ann", "bob") for t in range(9)], 1, [2, 3]),
    "words and numbers": ([f"{w}-{t:03}" for w in ("dog", "polar-bear") for t in range(9)], 1, []),
    "glued": ([f"{w}{t}" for w in ("dog", "cat") for t in range(9)], 1, []),
    "brackets": ([f"{w} ({t})" for w in ("dog", "cat") for t in range(9)], 1, []),
    "number first": ([f"{i:03}_{w}" for i, w in enumerate(("dog", "cat") * 9)], 2, []),
    "one prefix": ([f"rec_{w}.{t}" for w in ("dog", "cat") for t in range(9)], 2, []),
    "numbers alone": ([f"{t:04}" for t in range(30)], None, []),
    "one word": ([f"sound_{t}" for t in range(30)], None, []),
    "all differ": ([f"{chr(97 + t)}_{t}" for t in range(26)], None, []),
    "nothing": ([], None, []),
}


@pytest.mark.parametrize("case", STEMS)
def test_the_first_field_that_repeats_is_the_label(case: str) -> None:
    stems, label, others = STEMS[case]
    fields = read_fields(stems)
    found = find_labels(fields, None)
    assert (None if found is None else found.number) == label
    assert [field.number for field in find_speakers(fields, found)] == others


def test_names_of_other_form_have_no_value() -> None:
    fields = read_fields([f"{w}_{t}" for w in ("dog", "cat") for t in range(20)] + ["readme"])
    assert [field.values[-1] for field in fields] == ["", ""]
    assert fields[0].distinct == ("dog", "cat")


@pytest.mark.parametrize(("asked", "number"), [("2", 2), ("ann", 2), ("bob, ann", 2), ("up", 1), ("3", 3)])
def test_a_field_is_asked_for_by_number_or_values(asked: str, number: int) -> None:
    fields = read_fields([f"{k}_{s}_{t}" for k in KINDS for s in SPEAKERS for t in range(5)])
    assert choose_field(fields, asked, "--labels").number == number


@pytest.mark.parametrize("asked", ["9", "zoe", "ann,up", ""])
def test_a_field_that_is_not_there_is_an_error(asked: str) -> None:
    fields = read_fields([f"{k}_{s}_{t}" for k in KINDS for s in SPEAKERS for t in range(5)])
    with pytest.raises(UsageError, match=r"--group names a field.*field 2"):
        choose_field(fields, asked, "--group")


def test_labels_from_names(named: Path) -> None:
    catalogue = open_data(named)
    assert catalogue.format == "audio"
    assert catalogue.classes == ("down", "flat", "up")
    assert all(
        name.startswith(catalogue.classes[k]) for name, k in zip(catalogue.names, catalogue.targets, strict=True)
    )
    assert catalogue.inputs.dtype == np.int16
    assert catalogue.inputs.shape == (36, catalogue.spec.samples)  # type: ignore[union-attr]
    assert "label taken from field 1 (down, flat, up) of the file names, the first that repeats" in said(catalogue)
    assert "--labels: field 2 (ann, bob, cy, dee)" in said(catalogue)
    assert "--group 2" in said(catalogue)


def test_labels_from_another_field(named: Path) -> None:
    catalogue = open_data(named, labels="2")
    assert catalogue.classes == ("ann", "bob", "cy", "dee")
    assert "--labels" not in said(catalogue)


def test_a_single_folder_around_the_sounds_says_nothing(linked: Path) -> None:
    assert open_data(linked).classes == ("down", "flat", "up")


def test_split_folders_around_named_sounds(named: Path, tmp_path: Path) -> None:
    for file in named.iterdir():
        split = {"0": "test", "1": "val"}.get(file.stem[-1], "train")
        (tmp_path / "parted" / split).mkdir(parents=True, exist_ok=True)
        (tmp_path / "parted" / split / file.name).symlink_to(file)
    catalogue = open_data(tmp_path / "parted")
    assert catalogue.split_rule == "as given"
    assert split_by(catalogue, 2) == {("0", "test"), ("1", "validation"), ("2", "train")}


def test_class_folders(named: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    for file in named.iterdir():
        kind, rest = file.name.split("_", 1)
        (folder / kind).mkdir(parents=True, exist_ok=True)
        (folder / kind / rest).symlink_to(file)
    catalogue = open_data(folder)
    assert catalogue.classes == ("down", "flat", "up")
    assert "label taken" not in said(catalogue)
    assert "field 1 (ann, bob, cy, dee) (--group 1)" in said(catalogue)
    assert len({split for _, split in split_by(open_data(folder, group="speaker"), 0)}) == 3
    assert open_data(folder, labels="1").classes == SPEAKERS


def test_what_is_no_sound_or_named_otherwise_is_refused(linked: Path) -> None:
    (linked / "notes.txt").write_text("hello")
    write(linked / "clips" / "odd.wav", tone(440))
    ledger = open_data(linked).ledger
    assert {(refusal.name, refusal.reason) for refusal in ledger.refusals} == {
        ("notes.txt", "is none of the sounds"),
        ("clips/odd.wav", "has a name of other fields than the most"),
    }
    assert ledger.found == 38 == ledger.used + ledger.refused


def test_sounds_without_labels_are_an_error(tmp_path: Path) -> None:
    for take in range(6):
        write(tmp_path / f"{take}.wav", chirp(200, 400 + take))
    with pytest.raises(DataError, match="folders named after their classes"):
        open_data(tmp_path)


@pytest.mark.parametrize(
    "line", ["clips/{}.wav", "{}.wav", "{}", "./clips/{}.wav", "data/clips/{}.wav", "{} 1", "{},up"]
)
@pytest.mark.parametrize("name", ["test.txt", "testing_list.txt", "ImageSets/Main/test.txt"])
def test_lists_of_names_give_splits(linked: Path, line: str, name: str) -> None:
    stems = sorted(file.stem for file in (linked / "clips").iterdir())
    (linked / name).parent.mkdir(parents=True, exist_ok=True)
    (linked / name).write_text("\n".join(line.format(stem) for stem in stems if stem.endswith("0")) + "\n")
    catalogue = open_data(linked)
    assert {pair for pair in split_by(catalogue, 2) if pair[1] == "test"} == {("0", "test")}
    assert catalogue.ledger.refused == 0
    assert catalogue.ledger.found == 36
    assert "lists of splits followed: 12 test" in said(catalogue)
    assert "named in no list of a split, taken for training" in said(catalogue)


def test_what_lists_leave_out_is_refused_where_training_is_listed(linked: Path) -> None:
    stems = sorted(file.stem for file in (linked / "clips").iterdir())
    for split, take in (("train", "0"), ("val", "1")):
        (linked / f"{split}.txt").write_text("\n".join(stem for stem in stems if stem.endswith(take)))
    (linked / "test.txt").write_text("up_ann_2\nup_zoe_2\nflat_bob_2\ndown_cy_2\n")
    catalogue = open_data(linked)
    reasons = Counter(refusal.reason for refusal in catalogue.ledger.refusals)
    assert reasons == {"stands in no list of a split": 9, "is named in test.txt, but is not there": 1}
    assert catalogue.ledger.found == 37 == catalogue.ledger.used + catalogue.ledger.refused
    assert Counter(catalogue.splits.tolist()) == {"train": 12, "validation": 12, "test": 3}


def test_a_file_in_two_lists_is_an_error(linked: Path) -> None:
    (linked / "test.txt").write_text("up_ann_0\n")
    (linked / "val.txt").write_text("up_ann_0\n")
    with pytest.raises(DataError, match=r"up_ann_0.wav for test and, in val.txt, for validation"):
        open_data(linked)


def test_a_text_that_names_no_examples_is_no_list(linked: Path) -> None:
    (linked / "test.txt").write_text("These sounds were tested by ear.\nAll were well.\n")
    assert open_data(linked).split_rule.startswith("16.7 %")


def test_lists_serve_pictures_in_class_folders_too(tmp_path: Path) -> None:
    from PIL import Image

    for kind in ("a", "b"):
        (tmp_path / kind).mkdir()
        for i in range(8):
            Image.fromarray(np.full((8, 8), 20 * i + 7 * (kind == "b"), np.uint8)).save(tmp_path / kind / f"{i}.png")
    (tmp_path / "test.txt").write_text("a/0.png\nb/1.png\n")
    catalogue = open_data(tmp_path)
    tested = [name for name, split in zip(catalogue.names, catalogue.splits, strict=True) if split == "test"]
    assert tested == ["a/0.png", "b/1.png"]
    assert catalogue.ledger.refused == 0


@pytest.mark.parametrize("asked", ["2", "speaker", "ann,dee"])
@pytest.mark.parametrize("seed", range(3))
def test_groups_are_kept_whole(named: Path, asked: str, seed: int) -> None:
    catalogue = open_data(named, group=asked, seed=seed)
    pairs = split_by(catalogue, 1)
    assert len(pairs) == len(SPEAKERS)  # each speaker is in one split
    assert {split for _, split in pairs} == set(SPLITS)
    assert "training never saw" in catalogue.split_rule
    assert all(who in catalogue.split_rule for who, split in pairs if split != "train")
    assert "4 groups by field 2" in said(catalogue)


def test_groups_out_of_a_given_training_split(linked: Path) -> None:
    stems = sorted(file.stem for file in (linked / "clips").iterdir())
    (linked / "test.txt").write_text("\n".join(stem for stem in stems if "_dee_" in stem))
    pairs = split_by(open_data(linked, group="2"), 1)
    assert ("dee", "test") in pairs
    assert len(pairs) == 4
    assert sum(split == "validation" for _, split in pairs) == 1


def grouped(groups: list[str], labels: list[int] | None = None, digests: list[str] | None = None) -> list[str]:
    n = len(groups)
    made = split_groups(
        np.array(labels or [i % 2 for i in range(n)]),
        np.full(n, "", "<U10"),
        groups,
        digests or [f"{i:064}" for i in range(n)],
        seed=0,
    )
    return made.splits.tolist()


def test_many_groups_are_shared_out_near_the_shares() -> None:
    counts = Counter(grouped([f"g{i // 10}" for i in range(1000)]))
    assert 150 <= counts["test"] <= 160
    assert 150 <= counts["validation"] <= 160


def test_groups_with_equal_content_stay_together() -> None:
    groups = [f"g{i // 4}" for i in range(80)]
    digests = [f"{i:064}" for i in range(80)]
    digests[0] = digests[79]  # g0 and g19 share a sound
    for_group = dict(zip(groups, grouped(groups, digests=digests), strict=True))
    assert for_group["g0"] == for_group["g19"]


def test_training_keeps_every_class() -> None:
    groups = [f"g{i // 10}" for i in range(60)]
    labels = [0] * 50 + [1] * 10  # class 1 is in the last group alone
    splits = grouped(groups, labels)
    assert set(splits[50:]) == {"train"}
    assert set(splits) == set(SPLITS)


def test_a_huge_group_stays_in_training() -> None:
    groups = ["huge"] * 80 + [f"g{i}" for i in range(20)]
    splits = grouped(groups)
    assert splits[0] == "train"
    assert set(splits) == set(SPLITS)


def test_too_few_groups_are_an_error() -> None:
    with pytest.raises(DataError, match="at least 3 groups are needed"):
        grouped(["a"] * 5 + ["b"] * 5)


def test_sounds_are_decoded_once(named: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = open_data(named)
    monkeypatch.setattr("striate.data.decode.sounds.decode_sound", None)
    again = open_data(named)
    assert again.fingerprint == first.fingerprint
    assert np.array_equal(again.inputs, first.inputs)
    assert again.spec == first.spec
    assert again.ledger == first.ledger


def test_a_model_is_given_sounds_as_it_knows_them(named: Path) -> None:
    spec = choose_hearing([16_000], [0.3])
    heard = open_data(named, like=spec)
    assert heard.inputs.shape == (36, spec.samples)
    assert heard.spec == spec
    assert heard.fingerprint == open_data(named).fingerprint  # which says what the files hold, not how it is heard
    with pytest.raises(DataError, match="of kind audio for a model of kind text"):
        open_data(named, like=TextInput(unit="byte", length=10))
