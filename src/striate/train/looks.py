"""When a training is looked into, and with how many pictures: decided by counts alone, before its first step.

No clock is asked, so that a resumed run looks where the uninterrupted one did.
"""

import math
from dataclasses import dataclass

SHARE = 0.01  # of all training, for all looks together
DEARER = 3.0  # times what a picture costs in training, a picture looked at costs at most (measured: 0.2 to 2.6)
LEAST, MOST = 32, 256  # pictures of a look
WANTED, MOST_LOOKS = 13, 50  # looks that pictures are spared for, and the most there are
SHORT, CHEAP = 3, 1e9  # looks into a short training, as far as so many multiply-adds forward allow, some 0.1 s


@dataclass(frozen=True, kw_only=True, slots=True)
class Looks:
    """How many pictures are looked at, and every how many epochs besides start and end (0, 0: never)."""

    pictures: int
    every: int

    def is_due(self, epoch: int, *, ended: bool) -> bool:
        """Say whether the network is looked at after so many whole epochs, or where training `ended`."""
        return self.every > 0 and (ended or epoch % self.every == 0)


def plan_looks(epochs: int, n_train: int, multiply_adds: int) -> Looks:
    """Plan the looks of a training: `epochs` times `n_train` pictures, each of so many multiply-adds forward.

    All looks together cost at most SHARE of the training. One that is too short for SHORT looks at LEAST pictures has
    them all the same as far as they are CHEAP, and none where not even two are.

    >>> plan_looks(6, 55_000, 10**6), plan_looks(4, 40, 10**6), plan_looks(3, 40, 10**9)
    (Looks(pictures=157, every=1), Looks(pictures=32, every=2), Looks(pictures=0, every=0))
    """
    affordable = SHARE * epochs * n_train / DEARER  # pictures in all looks
    pictures = min(max(LEAST, int(affordable / min(epochs + 1, WANTED))), MOST)
    looks = max(int(affordable / pictures), min(SHORT, int(CHEAP / (LEAST * multiply_adds))))
    if looks < 2:
        return Looks(pictures=0, every=0)
    every = math.ceil(epochs / (min(looks, MOST_LOOKS) - 1))
    return Looks(pictures=min(pictures, n_train), every=every)
