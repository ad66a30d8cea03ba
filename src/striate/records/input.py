"""What the network is fed, one record a kind of content; saved in the model file, so prediction needs nothing else.

`shape` is what the first layer of the notation sees, (C, *spatial).
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageInput:
    """A picture of any size and colour, brought to `channels` (1 grey, 3 RGB), letterboxed to (height, width) with
    black, scaled to [0, 1], and normalised by `mean` and `std` (one a channel, in [0, 1] units, std > 0).
    """

    modality: Literal["image"] = "image"
    channels: int
    height: int
    width: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    resize: Literal["letterbox"] = "letterbox"

    @property
    def shape(self) -> tuple[int, ...]:
        return self.channels, self.height, self.width


@dataclass(frozen=True, kw_only=True, slots=True)
class AudioInput:
    """A sound, mixed to one channel, resampled to `rate` Hz, cut or padded with silence to `samples`; then chopped into
    windows of `window` samples every `hop`, each split into `bands` mel bands from `low` to `high` Hz, the logarithm of
    their energy, as a share of the loudest, normalised by `mean` and `std` (over all bands, in nats, std > 0): a
    picture of bands by time.
    """

    modality: Literal["audio"] = "audio"
    rate: int
    samples: int
    window: int
    hop: int
    bands: int
    low: float
    high: float
    mean: float
    std: float

    @property
    def shape(self) -> tuple[int, ...]:
        return 1, self.bands, 1 + self.samples // self.hop


@dataclass(frozen=True, kw_only=True, slots=True)
class TextInput:
    """A text as `length` whole numbers, cut or padded with 0: its bytes plus 2, or its words' places in `vocabulary`
    plus 2, where 1 stands for a word that is not there. A layer `embed` gives each number its vector.
    """

    modality: Literal["text"] = "text"
    unit: Literal["byte", "word"]
    length: int
    vocabulary: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        return 2 + (256 if self.unit == "byte" else len(self.vocabulary)), self.length


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalInput:
    """A signal of `channels` by `length` values, cut or padded after its end, each channel normalised by its `mean` and
    `std` (std > 0); padding and missing values become 0, the mean.
    """

    modality: Literal["signal"] = "signal"
    channels: int
    length: int
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        return self.channels, self.length


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipInput:
    """A clip as `frames` pictures taken evenly over its length, each like an image: (channels, frames, height, width).

    `mean` and `std` as there.
    """

    modality: Literal["clip"] = "clip"
    channels: int
    frames: int
    height: int
    width: int
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        return self.channels, self.frames, self.height, self.width


InputSpec: TypeAlias = ImageInput | AudioInput | TextInput | SignalInput | ClipInput
