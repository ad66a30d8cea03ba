"""Choices remembered a machine and architecture, in engines.json of the cache folder; what is damaged is none."""

import json
from importlib.metadata import PackageNotFoundError, version

from striate.data.cache import cache_folder
from striate.data.digest import fingerprint
from striate.models.engines.choose import Choice
from striate.models.engines.table import ENGINES
from striate.models.network import Network
from striate.records import from_json, to_json
from striate.runtime.device import Device, describe
from striate.runtime.files import write_atomically

FILE = "engines.json"
MOST = 200  # choices kept; the oldest go first
LARGEST = 10_000_000  # bytes of a file that is read


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
    kept = _read().get(key)
    try:
        choice = from_json(Choice, kept) if kept is not None else None
    except TypeError:
        return None
    return choice if choice is not None and _is_possible(choice) else None


def remember(key: str, choice: Choice) -> None:
    """Keep a choice for later processes; a folder that cannot be written keeps none."""
    folder = cache_folder()
    if folder is None:
        return
    kept = _read()
    kept.pop(key, None)
    entries = [*kept.items(), (key, to_json(choice))][-MOST:]
    try:
        write_atomically(folder / FILE, json.dumps(dict(entries), indent=1, allow_nan=False) + "\n")
    except OSError:
        return  # a later process measures again; the decoding cache has told of the folder


def _read() -> dict[str, object]:
    folder = cache_folder()
    if folder is None:
        return {}
    try:
        file = folder / FILE
        found = json.loads(file.read_text(encoding="utf-8")) if file.stat().st_size <= LARGEST else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


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
