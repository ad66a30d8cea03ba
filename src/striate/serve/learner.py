"""The process that learns X's and O's for the page: trains as `striate demo` does, and leaves its filters to be seen.

Called as `python -m striate.serve.learner LINE EPOCHS SEED FOLDER`.
"""

import json
import os
import sys
import threading
from pathlib import Path

from striate.data.xo_set import xo_catalogue
from striate.errors import StriateError
from striate.models.network import Network
from striate.records import to_json
from striate.serve.kernels import view_kernels
from striate.train.job import prepare
from striate.train.loop import fit
from striate.train.run import start

EXAMPLES = (2000, 500, 2)  # to train on, to validate on, to test on (which nobody does here)
PAUSE = 0.15  # seconds between two pictures of the filters
POLITENESS = 5  # by how much this process steps back behind the one that serves


def main() -> None:
    """Train, while a second thread writes the first layer's kernels now and then."""
    line, epochs, seed, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    if os.name == "posix":
        os.nice(POLITENESS)
    try:
        job = prepare(
            xo_catalogue(*EXAMPLES, seed=seed),
            architecture=line,
            settings={"epochs": epochs},
            seed=seed,
            minutes=None,
            target=None,
        )
        network = start(job)
        finished = threading.Event()
        painter = threading.Thread(target=_paint, args=(network, folder, finished))
        painter.start()
        try:
            fit(network, job, folder=folder)
        finally:
            finished.set()
            painter.join()
    except StriateError as error:
        (folder / "fault.txt").write_text(str(error), encoding="utf-8")


def _paint(network: Network, folder: Path, finished: threading.Event) -> None:
    """Write the kernels as they are, again and again until training has ended, and then once more."""
    ended = False
    while not ended:
        ended = finished.wait(PAUSE)
        seen = view_kernels(network)
        if seen is None:
            return
        draft = folder / "kernels.part"
        draft.write_text(json.dumps(to_json(seen)), encoding="utf-8")
        draft.replace(folder / "kernels.json")


if __name__ == "__main__":
    main()
