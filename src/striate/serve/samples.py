"""The few training pictures that a run keeps in its record: something to look at before the data is open."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

from striate.checkpoint import ModelInfo
from striate.report.picture import LARGEST, PREFIX


def read_samples(folder: Path, info: ModelInfo) -> Iterator[tuple[str, bytes]]:
    """Yield (class, PNG file) of each picture in run.json; none where the network sees more than the record keeps."""
    if max(info.input.shape[1:]) > LARGEST:
        return
    try:
        samples = json.loads((folder / "run.json").read_text(encoding="utf-8"))["samples"]
        for label, pictures in samples.items():
            for picture in pictures:
                if label in info.classes and picture.startswith(PREFIX):
                    yield label, base64.b64decode(picture.removeprefix(PREFIX), validate=True)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return
