"""Parts of file names that may be persons are reported; numbers and classes are not."""

import numpy as np
import pytest

from striate.data.stems import note_stems

CLASSES = np.arange(60) % 3


@pytest.mark.parametrize(
    ("pattern", "values"),
    [
        ("{k}_{who}_{i}.wav", ("ann", "bob", "cid", "dee", "eve")),
        ("sub/{who}-{i}.png", ("ann", "bob", "cid", "dee", "eve")),
        ("patient{p}_{i}.png", ("patient0", "patient1", "patient2", "patient3")),
        ("{k}_{i}.png", ()),
        ("class{k}_{i}.png", ()),
        ("picture{i}.png", ()),
        ("only.png", ()),
    ],
)
def test_names_are_read(pattern: str, values: tuple[str, ...]) -> None:
    people = ("ann", "bob", "cid", "dee", "eve")
    names = [pattern.format(k=i % 3, who=people[i % 5], i=i, p=i // 15) for i in range(60)]
    found = note_stems(names, CLASSES)
    assert tuple(notice.names for notice in found) == ((values,) if values else ())


def test_names_of_other_lengths_are_left_alone() -> None:
    assert note_stems(["a_b_1.png", "a_b.png"] * 30, CLASSES) == ()
