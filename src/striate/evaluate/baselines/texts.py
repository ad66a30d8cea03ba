"""What simpler methods get on the same test texts: a network's figure means nothing without them.

Three, from the plainest: always the commonest class; a linear classifier on how often runs of bytes occur; one on how
often words and pairs of words do, which is hard to beat on small sets.
"""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from striate.data.catalogue import Catalogue
from striate.data.decode.words import encode, split_words
from striate.evaluate.baselines.hog import choose_by_class
from striate.evaluate.baselines.pictures import count_right
from striate.records import Baseline

LEARNED = 20_000  # training texts at most
SEEN = 4000  # bytes of a text
WEIGHTS = 2_000_000  # of a classifier, all classes together: the rarest runs are left out
PENALTY = 10.0  # the C of the classifiers, cross-validated on TREC and movie reviews: 1 to 100 differ by a point
STEPS = 200


def compare_texts(catalogue: Catalogue, *, seed: int = 0) -> dict[str, Baseline]:
    """Train each simple method on the training split and count it right on the test split.

    `catalogue` holds texts for classification. Each learns from at most 20,000 training texts, drawn by class with
    `seed`; same catalogue, same figures.
    """
    train = np.flatnonzero(catalogue.splits == "train")
    train = train[choose_by_class(catalogue.targets[train], LEARNED, seed=seed)]
    test = np.flatnonzero(catalogue.splits == "test")
    labels, truth = catalogue.targets[train], catalogue.targets[test]
    known, asked = [catalogue.texts[i] for i in train], [catalogue.texts[i] for i in test]
    commonest = np.bincount(labels, minlength=len(catalogue.classes)).argmax()
    by_bytes = answer_linearly(known, labels, asked, analyzer="char", ngram_range=(1, 4), preprocessor=spell_bytes)
    by_words = answer_linearly(
        known, labels, asked, tokenizer=split_words, ngram_range=(1, 2), lowercase=False, token_pattern=None
    )
    return {
        "majority": count_right("Always the commonest class", commonest == truth, len(train)),
        "bytes_linear": count_right("Runs of 1 to 4 bytes + logistic regression", by_bytes == truth, len(train)),
        "words_linear": count_right("Words and their pairs + logistic regression", by_words == truth, len(train)),
    }


def spell_bytes(text: str) -> str:
    """Give each byte of a text in UTF-8, lower case, as a letter of its own."""
    return encode(text.lower())[:SEEN].decode("latin-1")


def answer_linearly(
    known: Sequence[str], labels: NDArray[np.int64], asked: Sequence[str], **runs: Any
) -> NDArray[np.int64]:
    """Learn from N texts with labels (N,), answer for M: (M,). `runs` says for TfidfVectorizer what is counted.

    A count c becomes 1 + log c, times how rare the run is over texts (TF-IDF), each text of length 1.
    Source: Salton and Buckley 1988; Wang and Manning 2012 on why pairs of words are hard to beat.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    classes = np.unique(labels)
    if len(classes) == 1:  # nothing to tell apart
        return np.full(len(asked), labels[0])
    counter = TfidfVectorizer(sublinear_tf=True, max_features=WEIGHTS // len(classes), dtype=np.float32, **runs)
    machine = LogisticRegression(C=PENALTY, max_iter=STEPS, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the last digits of a baseline do not matter
        machine.fit(counter.fit_transform(known), labels)
    answers: NDArray[np.int64] = machine.predict(counter.transform(asked))
    return answers
