"""Striate: train, see through, trust and ship a convolutional network on your own pictures.

    import striate

    run = striate.train("photos/")
    print(run.test.accuracy)
    model = striate.load(run.model)
    print(model.predict("new.jpg")[0].label)

Names are imported when they are first used, so that `import striate` stays quick.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from striate.data.open import open_data
    from striate.evaluate.assess import evaluate
    from striate.predict import load
    from striate.train.run import train

__version__ = "0.1.0"
__all__ = ["__version__", "evaluate", "load", "open_data", "train"]

_HOMES = {
    "evaluate": "striate.evaluate.assess",
    "load": "striate.predict",
    "open_data": "striate.data.open",
    "train": "striate.train.run",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'striate' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
