"""The catalogue as the page shows it: a page of thumbnails with truth and answer."""

from dataclasses import dataclass

import numpy as np

from striate.errors import UsageError
from striate.report.picture import data_uri
from striate.serve.gallery import PAGE, Gallery


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """One example: `answer` is "" and the probabilities not-a-number while the network has not answered it."""

    index: int
    name: str
    split: str
    truth: str
    answer: str
    probability: float
    truth_probability: float
    picture: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ExamplePage:
    """A page of `count` chosen examples; `answered` of all `examples` have an answer so far."""

    page: int
    pages: int
    count: int
    examples: int
    answered: int
    shown: tuple[Example, ...]


def view_examples(gallery: Gallery, *, split: str, label: str, wrong: bool, order: str, page: int) -> ExamplePage:
    """Choose and order examples, and show one page of them; raises UsageError for a page that does not exist."""
    chosen = gallery.choose(split=split, label=label, wrong=wrong, order=order)
    pages = max(1, -(-len(chosen) // PAGE))
    if not 0 <= page < pages:
        raise UsageError(f"pages are numbered 0 to {pages - 1}", got=str(page), fix="choose one of them")
    return ExamplePage(
        page=page,
        pages=pages,
        count=len(chosen),
        examples=len(gallery.catalogue.names),
        answered=gallery.answered[0],
        shown=tuple(view_example(gallery, int(index)) for index in chosen[page * PAGE : (page + 1) * PAGE]),
    )


def view_example(gallery: Gallery, index: int) -> Example:
    """Show one example; raises UsageError for one that does not exist."""
    catalogue, one = gallery.catalogue, gallery.find(index)
    row = gallery.probabilities[index]
    is_answered = not np.isnan(row[0])
    return Example(
        index=index,
        name=one.name,
        split=str(catalogue.splits[index]),
        truth=catalogue.classes[int(catalogue.targets[index])],
        answer=catalogue.classes[int(row.argmax())] if is_answered else "",
        probability=float(row.max()),
        truth_probability=float(row[int(catalogue.targets[index])]),
        picture=data_uri(np.asarray(catalogue.inputs[index])),
    )
