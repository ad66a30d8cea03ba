"""Texts: labelled lines and class folders, encodings, words or bytes, a vocabulary that only training texts make."""

from pathlib import Path

import numpy as np
import pytest
from sentences import as_lines, make_sentences

from striate.data.augment.texts import forget_words
from striate.data.catalogue import Catalogue
from striate.data.decode.encoding import decode_bytes
from striate.data.decode.faults import RefusedError
from striate.data.decode.texts import decode_texts, read_text
from striate.data.decode.words import choose_unit, make_vocabulary, number, split_words, take_apart
from striate.data.listing import Listing, read_splits
from striate.data.open import open_data
from striate.data.place import Place
from striate.data.sources.lines import Form, find_form
from striate.data.sources.table import choose_source
from striate.errors import DataError, UsageError
from striate.records import TextInput
from striate.tasks.illustrate import spell


def write(file: Path, text: str | bytes) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def plant(root: Path, pairs: list[tuple[str, str]], ending: str = ".txt") -> Path:
    for i, (label, text) in enumerate(pairs):
        write(root / label / f"{i}{ending}", text)
    return root


def notices(catalogue: Catalogue) -> dict[str, int]:
    return {notice.what: notice.count for notice in catalogue.ledger.notices}


# ---- encodings


@pytest.mark.parametrize(
    ("raw", "text", "encoding"),
    [
        ("naïve Füße".encode(), "naïve Füße", "UTF-8"),
        ("naïve".encode("utf-8-sig"), "naïve", "UTF-8"),
        ("naïve".encode("utf-16"), "naïve", "UTF-16"),
        ("naïve".encode("utf-16-be").join([b"\xfe\xff", b""]), "naïve", "UTF-16"),
        ("naïve 👍".encode("utf-32"), "naïve 👍", "UTF-32"),
        ("naïve – “so”".encode("cp1252"), "naïve – “so”", "Windows-1252"),
        (b"caf\xe9 \x81 \x85", "café \x81 …", "Windows-1252"),
        (b"", "", "UTF-8"),
    ],
)
def test_encoding_is_told_by_the_bytes(raw: bytes, text: str, encoding: str) -> None:
    found = decode_bytes(raw)
    assert (found.text, found.encoding) == (text, encoding)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is binary"),
        ("naïve".encode("utf-16-le"), "is binary"),  # without its mark
        (bytes(range(1, 32)) * 3, "is binary"),
        (b"\xff\xfea", "marked as UTF-16"),
        (b"\xef\xbb\xbf\xff", "marked as UTF-8, but not so at byte 0"),
    ],
)
def test_what_is_no_text_is_refused(raw: bytes, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        decode_bytes(raw)


# ---- words and bytes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It's GOOD -- really.", ["it's", "good", "-", "-", "really", "."]),
        ("e\u0301te\u0301 ÉTÉ", ["été", "été"]),  # composed and decomposed are one word
        ("हिन्दी में", ["हिन्दी", "में"]),  # vowel signs belong to their letters
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("rock'n'roll ' quoted '", ["rock'n'roll", "'", "quoted", "'"]),
        ("  \t\n", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert split_words(text) == words


@pytest.mark.parametrize(
    ("texts", "unit"),
    [
        ([text for _, text in make_sentences(40)], "word"),
        (["CCO", "c1ccccc1O", "CC(=O)Oc1ccccc1C(=O)O"] * 5, "byte"),
        (["ACGTACGGT" + "ACGT"[i % 4] * i for i in range(20)], "byte"),
        (["今日は天気がいい" + "雨雪風"[i % 3] for i in range(20)], "byte"),
        (["Peter Smith", "Anna Jones", "Ivan Petrov"], "byte"),
        ([f"id{i} key{i} val{i} num{i}" for i in range(20)], "byte"),  # each word only once
    ],
)
def test_unit_follows_from_the_texts(texts: list[str], unit: str) -> None:
    assert choose_unit(texts)[0] == unit


def test_vocabulary_holds_words_of_two_texts_the_commonest_first() -> None:
    texts = [["b", "a", "b"], ["a", "c"], ["c", "a"], ["d", "d"]]
    assert make_vocabulary(texts) == ("a", "c")  # b and d stand in one text only


def test_numbers_and_back() -> None:
    words = TextInput(unit="word", length=4, vocabulary=("good", "film"))
    assert number([split_words("Good bad film"), split_words("film " * 9), []], words).tolist() == [
        [2, 1, 3, 0],
        [3, 3, 3, 3],
        [0, 0, 0, 0],
    ]
    assert spell(number([split_words("Good bad film")], words)[0], words) == "good … film"
    letters = TextInput(unit="byte", length=8)
    row = number([take_apart("Füße", "byte")], letters)[0]
    assert row.tolist() == [byte + 2 for byte in "Füße".encode()] + [0, 0]
    assert spell(row, letters) == "Füße"


# ---- labelled lines


@pytest.mark.parametrize(
    ("lines", "form"),
    [
        (["a x y", "b z", "a q w", "b k l", "a m", "b n"], Form(tab=False)),
        (["ham\tgo there"] * 4 + ["spam\twin a prize"] * 4, Form(tab=True)),
        ([f"so good {i}\t{i % 2}" for i in range(8)], Form(tab=True, last=True)),
        ([f"{('good', 'not good')[i % 2]}\tfilm {i}" for i in range(8)], Form(tab=True)),
        (["__label__a fine"] * 4 + ["__label__b poor"] * 4, Form(tab=False)),
        (["It was", "The best", "Of all", "Times he", "Went on", "And on"], None),  # prose
        (["1 0.5 0.25 0.75"] * 4 + ["2 0.5 0.3 0.2"] * 4, None),  # numbers
        (["cat img/1.png", "dog img/2.png"] * 4, None),  # names of files
        (["word"] * 9, None),
        (["a x", "b y"], None),  # too few to tell
    ],
)
def test_form_of_lines(lines: list[str], form: Form | None) -> None:
    assert find_form(lines) == form


def test_one_file_of_lines_is_split(tmp_path: Path) -> None:
    pairs = make_sentences(60)
    catalogue = open_data(write(tmp_path / "set.all", as_lines(pairs)))
    assert (catalogue.format, catalogue.spec.modality, catalogue.classes) == ("lines", "text", ("food", "weather"))
    assert catalogue.names[:2] == ("line 1", "line 2")
    assert catalogue.texts == tuple(text for _, text in pairs)
    assert [catalogue.classes[k] for k in catalogue.targets] == [label for label, _ in pairs]
    assert catalogue.inputs.shape == (60, catalogue.spec.length)
    counts = {split: int((catalogue.splits == split).sum()) for split in ("train", "validation", "test")}
    assert counts["train"] > 30 and min(counts.values()) >= 2


def test_names_of_files_tell_splits_and_other_files_are_noted(tmp_path: Path) -> None:
    write(tmp_path / "TREC.train.all", as_lines(make_sentences(40)))
    write(tmp_path / "TREC.test.all", as_lines(make_sentences(20, seed=1)))
    write(tmp_path / "LICENSE", "Permission is hereby granted\nto all who ask\nfor it.\n")
    catalogue = open_data(tmp_path)
    assert (catalogue.splits == "test").sum() == 20
    assert catalogue.names[0] == "TREC.test.all:1"
    assert notices(catalogue)["files that are no such lines passed over, not counted as found"] == 1
    assert catalogue.ledger.found == 60


def test_two_sets_in_a_folder_are_named(tmp_path: Path) -> None:
    for name in ("TREC.train.all", "TREC.test.all", "rt-polarity.all"):
        write(tmp_path / name, as_lines(make_sentences(20)))
    with pytest.raises(DataError, match=r"TREC.test.all, TREC.train.all; and rt-polarity.all; give the path"):
        open_data(tmp_path)
    assert len(open_data(tmp_path / "rt-polarity.all").names) == 20


def test_a_file_sorted_by_class_is_told(tmp_path: Path) -> None:
    file = write(tmp_path / "sorted.txt", as_lines(sorted(make_sentences(2000))))
    assert choose_source(Place(file)).FORMAT == "lines"


def test_encoding_empty_lines_and_repeats_are_said(tmp_path: Path) -> None:
    pairs = [("food", "Crème brûlée \x85 we had it there"), *make_sentences(40)]
    text = as_lines([*pairs, pairs[1], pairs[2]]) + "\nweather\n"
    catalogue = open_data(write(tmp_path / "x.all", text.encode("latin-1")))
    said = notices(catalogue)
    assert said["files read as Windows-1252"] == 1
    assert catalogue.texts[0] == "Crème brûlée … we had it there"  # one line: a byte of 85 ends none
    assert next(count for what, count in said.items() if what.startswith("equal to another")) == 4
    assert [(refusal.name, refusal.reason) for refusal in catalogue.ledger.refusals] == [("line 45", "has no text")]


def test_several_labels_a_line_are_an_error(tmp_path: Path) -> None:
    lines = ["__label__a fine", "__label__b poor", "__label__a __label__b both"] * 4
    with pytest.raises(DataError, match="a line has one label, got line 3"):
        open_data(write(tmp_path / "x.txt", "\n".join(lines)))


def test_a_format_that_is_forced_on_something_else_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="each line is a label, a space or a tab, and a text"):
        open_data(write(tmp_path / "x.txt", "It was the best of times\n" * 9), format="lines")


# ---- class folders


@pytest.mark.parametrize("ending", [".txt", "", ".eml"])
def test_class_folders(ending: str, tmp_path: Path) -> None:
    catalogue = open_data(plant(tmp_path, make_sentences(40), ending))
    assert (catalogue.format, catalogue.spec.modality) == ("texts", "text")
    assert catalogue.names[0] == f"food/1{ending}"
    assert catalogue.spec.unit == "word"


def test_files_that_are_no_texts_are_refused_by_name(tmp_path: Path) -> None:
    plant(tmp_path, [(label, text + " Füße") for label, text in make_sentences(40)])
    write(tmp_path / "food/empty.txt", " \n")
    write(tmp_path / "food/blob.txt", bytes(range(256)))
    write(tmp_path / "food/western.txt", "Crème".encode("latin-1"))
    write(tmp_path / "weather/broken.txt", b"\xff\xfea")
    (tmp_path / "weather/gone.txt").symlink_to(tmp_path / "nowhere")
    catalogue = open_data(tmp_path)
    assert {refusal.name: refusal.reason for refusal in catalogue.ledger.refusals} == {
        "food/empty.txt": "is empty",
        "food/blob.txt": "is binary, not text",
        "weather/broken.txt": "is damaged: marked as UTF-16, but not so at byte 0",
        "weather/gone.txt": "is a link to nothing",
    }
    assert notices(catalogue)["read as Windows-1252"] == 1
    assert catalogue.ledger.found == catalogue.ledger.used + catalogue.ledger.refused == 45


def test_mostly_unreadable_folders_are_an_error(tmp_path: Path) -> None:
    plant(tmp_path, make_sentences(10))
    for i in range(30):
        write(tmp_path / f"food/e{i}.txt", "")
    with pytest.raises(DataError, match=r"at least half of the texts must be readable, got .*30 of 40 are not"):
        open_data(tmp_path)


def test_numbers_in_class_folders_are_no_texts(tmp_path: Path) -> None:
    for label in "ab":
        for i in range(4):
            write(tmp_path / label / f"{i}.txt", "".join(f"{i + row * 0.5} {row}\n" for row in range(20)))
    assert choose_source(Place(tmp_path)).FORMAT == "signals"


# ---- vocabulary, length, models


def test_vocabulary_and_length_come_from_the_training_split_alone(tmp_path: Path) -> None:
    train = make_sentences(40)
    test = [
        (label, f"{text} sesquipedalian sesquipedalian {'long ' * 50}") for label, text in make_sentences(20, seed=1)
    ]
    write(tmp_path / "x_train.txt", as_lines(train))
    write(tmp_path / "x_test.txt", as_lines(test))
    catalogue = open_data(tmp_path)
    learned = [split_words(catalogue.texts[i]) for i in np.flatnonzero(catalogue.splits == "train")]
    assert catalogue.spec.vocabulary == make_vocabulary(learned)
    assert "sesquipedalian" not in catalogue.spec.vocabulary
    assert catalogue.spec.length == max(map(len, learned))
    assert notices(catalogue)[f"cut after {catalogue.spec.length} words"] == 20
    assert (catalogue.inputs[catalogue.splits == "test"] == 1).any()


def test_data_for_a_model_is_read_with_its_vocabulary(tmp_path: Path) -> None:
    spec = TextInput(unit="word", length=5, vocabulary=("rain", "the"))
    file = write(tmp_path / "x.txt", as_lines(make_sentences(20)))
    catalogue = open_data(file, like=spec, as_test=True)
    assert catalogue.spec == spec
    assert catalogue.inputs.shape == (20, 5)
    assert catalogue.inputs.max() <= 3
    np.testing.assert_array_equal(catalogue.inputs[0], read_text(catalogue.texts[0], spec))


def test_the_fingerprint_does_not_depend_on_the_split_or_the_model(tmp_path: Path) -> None:
    file = write(tmp_path / "x.txt", as_lines(make_sentences(40)))
    spec = TextInput(unit="byte", length=9)
    prints = {open_data(file, **how).fingerprint for how in ({}, {"as_test": True}, {"like": spec}, {"size": 3})}
    assert len(prints) == 1


def test_asked_length_and_unit(tmp_path: Path) -> None:
    file = write(tmp_path / "x.txt", as_lines(make_sentences(40)))
    assert open_data(file, size=3).inputs.shape == (40, 3)
    with pytest.raises(UsageError, match="length, got 3x4"):
        open_data(file, size=(3, 4))
    assert open_data(file, unit="byte").spec.unit == "byte"


def test_a_long_tail_of_texts_is_cut() -> None:
    texts = [f"some words again {i % 3}" for i in range(300)] + ["some words again " * 200]
    listing = Listing(
        source="x",
        format="x",
        modality="text",
        classes=("a", "b"),
        names=tuple(map(str, range(301))),
        targets=np.arange(301) % 2,
        splits=read_splits(["train"] * 301),
        found=301,
        contents=texts,
    )
    decoded = decode_texts(listing)
    assert decoded.settle is not None
    inputs, spec, said = decoded.settle(np.ones(301, bool))
    assert inputs.shape == (301, spec.length) == (301, 4)
    assert [(notice.what, notice.names) for notice in said] == [("cut after 4 words", ("300",))]


def test_texts_for_prediction(tmp_path: Path) -> None:
    spec = TextInput(unit="word", length=3, vocabulary=("rain",))
    assert read_text("Rain again", spec).tolist() == [2, 1, 0]
    assert read_text(write(tmp_path / "a.txt", "rain".encode("utf-16")), spec).tolist() == [2, 0, 0]
    with pytest.raises(RefusedError, match="is missing"):
        read_text(tmp_path / "none.txt", spec)
    with pytest.raises(RefusedError, match="is empty"):
        read_text("  ", spec)


def test_forgotten_words_become_the_unknown_one() -> None:
    import torch

    texts = torch.randint(0, 9, (200, 50), generator=torch.Generator().manual_seed(0))
    lost = forget_words(texts, 0.25, torch.Generator().manual_seed(1))
    changed = lost != texts
    assert (lost[changed] == 1).all() and (texts[changed] > 1).all()
    assert 0.2 < changed[texts > 1].float().mean() < 0.3
    assert torch.equal(lost, forget_words(texts, 0.25, torch.Generator().manual_seed(1)))
