"""Choices remembered a machine and architecture, in engines.json of the cache folder; what is damaged is none."""

from importlib.metadata import PackageNotFoundError, version

from striate.data import memo
from striate.data.digest import fingerprint
from striate.models.engines.choose import Choice
from striate.models.engines.table import ENGINES
from striate.models.network import Network
from striate.records import from_json, to_json
from striate.runtime.device import Device, describe

FILE = "engines.json"


def key_of(network: Network, device: Device, batch: int) -> str:
    """Name what decides a choice: machine, threads, versions, architecture and batch size, but not the weights.

    A network that is trained again is as fast as before; that its engine agrees is checked whenever one is taken up.
    """
    packages = sorted({name for engine in ENGINES.values() for name in engine.packages})
    versions = [(name, _version(name)) for name in packages]
    architecture = (network.plan.line, network.input.spec, network.plan.output_shape)
    return fingerprint(sorted(describe(device).items()), versions, *architecture, batch)[:32]


def recall(key: str) -> Choice | None:
    """Give the choice kept under a key; None when there is none, or what is there cannot be read."""
    kept = memo.recall(FILE, key)
    try:
        choice = from_json(Choice, kept) if kept is not None else None
    except TypeError:
        return None
    return choice if choice is not None and _is_possible(choice) else None


def remember(key: str, choice: Choice) -> None:
    """Keep a choice for later processes."""
    memo.remember(FILE, key, to_json(choice))


def _is_possible(choice: Choice) -> bool:
    """Only what a choice could have been: a float32 engine of the table and sensible numbers."""
    engine = ENGINES.get(choice.engine)
    exact = engine is not None and engine.precision == "float32"
    return exact and 1 <= choice.threads <= 4096 and choice.batch >= 1 and 0 <= choice.setup_seconds < 3600


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
