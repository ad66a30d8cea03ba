"""What an example looks like to a person: a picture of what the network is fed, or the text itself."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from striate.layers.inputs.audio import AudioInputLayer
from striate.records import AudioInput, ClipInput, ImageInput, InputSpec, SignalInput, TextInput
from striate.report.curves import draw_curves
from striate.report.picture import data_uri


def illustrate(example: NDArray[Any], spec: InputSpec) -> dict[str, str]:
    """Give `picture`, a data URI (PNG), or `text`."""
    match spec:
        case ImageInput():
            return {"picture": data_uri(example)}
        case ClipInput():
            return {"picture": data_uri(np.ascontiguousarray(example[:, spec.frames // 2]))}
        case AudioInput():
            with torch.inference_mode():
                bands = AudioInputLayer(spec)(torch.from_numpy(np.array(example))[None])[0]  # (1, bands, frames)
            scaled = (255 * (bands - bands.amin()) / (bands.amax() - bands.amin() + 1e-9)).flip(1)
            return {"picture": data_uri(scaled.to(torch.uint8).numpy())}
        case TextInput():
            return {"text": spell(example, spec)}
        case SignalInput():
            return {"picture": data_uri(draw_curves(example))}


def spell(example: NDArray[np.integer[Any]], spec: TextInput) -> str:
    """Give the text that numbers (T,) stand for; unknown words as an ellipsis."""
    numbers = [int(number) - 2 for number in example if number > 0]
    if spec.unit == "byte":
        return bytes(max(0, number) for number in numbers).decode("utf-8", "replace")
    return " ".join(spec.vocabulary[number] if number >= 0 else "…" for number in numbers)
