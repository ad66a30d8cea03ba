"""Striate: train, see through, trust and ship a convolutional network on your own pictures.

import striate

run = striate.train("photos/")
print(run.test.accuracy)
model = striate.load(run.model)
print(model.predict("new.jpg")[0].label)
"""

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from striate.data.open import open_data
    from striate.evaluate.assess import evaluate
    from striate.explain.explain import explain
    from striate.predict import load, predict
    from striate.train.run import train

__version__ = "0.1.0"
__all__ = ["__version__", "evaluate", "explain", "load", "open_data", "predict", "train"]

_HOMES = {
    "evaluate": "striate.evaluate.assess",
    "explain": "striate.explain.explain",
    "load": "striate.predict",
    "open_data": "striate.data.open",
    "predict": "striate.predict",
    "train": "striate.train.run",
}


class _Facade(ModuleType):
    """This module, with each verb imported when it is first used, so that `import striate` stays quick.

    A verb and the package that holds it may share a name (`train`). Importing such a package binds its name here;
    the properties below do not let it, so `striate.train` is the verb before and after.
    """

    def __dir__(self) -> list[str]:
        return sorted(__all__)


def _verb(name: str) -> property:
    def get(module: ModuleType) -> Any:
        return getattr(importlib.import_module(_HOMES[name]), name)

    def ignore(module: ModuleType, package: ModuleType) -> None:
        """Leave the verb where it is."""

    return property(get, ignore)


for _name in _HOMES:
    setattr(_Facade, _name, _verb(_name))
sys.modules[__name__].__class__ = _Facade
