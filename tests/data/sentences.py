"""Small sentences made from a seed: their class is said by one of its words, among words that say nothing."""

import numpy as np

TELLING = {"weather": ["rain", "sun", "storm", "wind"], "food": ["bread", "soup", "cake", "rice"]}
PLAIN = ["the", "was", "very", "and", "today", "we", "had", "some", "again", "really", "it", "there", "with", "more"]


def make_sentences(n: int, *, seed: int = 0) -> list[tuple[str, str]]:
    """Give n different pairs of label and sentence, the labels in turns."""
    rng = np.random.default_rng(seed)
    labels = list(TELLING)
    pairs: list[tuple[str, str]] = []
    for i in range(n):
        label = labels[i % len(labels)]
        words = [*rng.choice(PLAIN, rng.integers(4, 9)), str(rng.choice(TELLING[label])), f"n{i % 7}"]
        pairs.append((label, " ".join(rng.permutation(words)).capitalize() + f" , {i} ."))
    return pairs


def as_lines(pairs: list[tuple[str, str]], apart: str = " ") -> str:
    return "".join(f"{label}{apart}{text}\n" for label, text in pairs)
