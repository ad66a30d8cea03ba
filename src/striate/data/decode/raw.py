"""What a person gives to be answered: files, folders, arrays, pictures at hand, as raw examples for the input layer."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from striate.data.decode.clip import decode_clip
from striate.data.decode.faults import RefusedError
from striate.data.decode.picture import Picture, decode, from_image
from striate.data.decode.pixels import draw_over_white, put_channels_first
from striate.data.decode.quiet import quiet
from striate.data.decode.signals import fit_signal, read_signal
from striate.data.decode.sound import Sound, check_waves, decode_sound, fit_sound
from striate.data.decode.texts import read_text
from striate.data.listing import show_name
from striate.data.walk import list_files
from striate.errors import DataError, UsageError
from striate.kinds import Modality
from striate.records import AudioInput, ClipInput, InputSpec, Refusal, SignalInput, TextInput

if TYPE_CHECKING:
    from PIL.Image import Image

Input: TypeAlias = "str | Path | NDArray[np.generic] | Image"
FileReader = Callable[[Path, str, InputSpec], "Raw | Refusal"]
ArrayReader = Callable[[NDArray[np.generic], InputSpec], "Iterator[Raw]"]

NAMED = 40  # letters of a text that name it


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Raw:
    """One example as the input layer's `fit` takes it (without the batch axis), its name, and its original size."""

    name: str
    values: NDArray[Any]
    size: tuple[int, ...]


def read_all(inputs: "Input | Iterable[Input]", spec: InputSpec) -> "Iterator[Raw | Refusal]":
    """Yield every example, or why it cannot be read."""
    if isinstance(inputs, str) and isinstance(spec, TextInput) and not _is_path(inputs):
        yield _take_text(inputs, spec)
    elif isinstance(inputs, str | Path):
        yield from _read_path(Path(inputs).expanduser(), spec)
    elif isinstance(inputs, np.ndarray):
        yield from _reader(ARRAYS, spec, "arrays")(inputs, spec)
    elif hasattr(inputs, "convert"):
        pixels = from_image(cast("Image", inputs))
        yield Raw(name="picture", values=pixels, size=pixels.shape[1:])
    elif not isinstance(inputs, bytes | Tensor) and isinstance(inputs, Iterable):
        for one in inputs:
            yield from read_all(one, spec)
    else:
        raise UsageError(
            "inputs are paths, folders, PIL pictures or NumPy arrays, or several of them",
            got=type(inputs).__name__,
            fix="give tensors as arrays, with .numpy()",
        )


def _read_path(path: Path, spec: InputSpec) -> "Iterator[Raw | Refusal]":
    files, refusals = list_files(path) if path.is_dir() else ([path], [])
    if not files:
        raise DataError("a folder must hold files", got=f"{path} with none", fix="give another folder or a file")
    yield from refusals
    read = _reader(FILES, spec, "files")
    for file in files:
        yield read(file, show_name(str(file)), spec)


def _reader(table: "dict[Modality, Any]", spec: InputSpec, what: str) -> Any:
    if spec.modality not in table:
        known = ", ".join(table)
        raise UsageError(f"{what} can be read for models of {known}", got=spec.modality, fix="give the other kind")
    return table[spec.modality]


def _read_picture(file: Path, name: str, spec: InputSpec) -> "Raw | Refusal":
    with quiet():
        picture = decode(file, name)
    if not isinstance(picture, Picture):
        return picture
    return Raw(name=name, values=picture.pixels, size=picture.pixels.shape[1:])


def _read_pictures(array: NDArray[np.generic], spec: InputSpec) -> "Iterator[Raw]":
    alone = array.ndim == 2 or (array.ndim == 3 and (array.shape[2] in (1, 3, 4) or array.shape[0] in (1, 3, 4)))
    stack = put_channels_first(array[None] if alone else array)
    pixels = _to_bytes(stack)
    for index, picture in enumerate(draw_over_white(pixels) if pixels.shape[1] == 4 else pixels):
        yield Raw(name=f"array[{index}]", values=picture, size=picture.shape[1:])


def _to_bytes(stack: NDArray[np.generic]) -> NDArray[np.uint8]:
    """uint8 as it is, numbers in [0, 1] scaled by 255; no other range is guessed from the numbers at hand."""
    if stack.dtype == np.uint8:
        return cast("NDArray[np.uint8]", stack)
    values = stack.astype(np.float64)
    if not np.issubdtype(stack.dtype, np.floating) or not ((values >= 0) & (values <= 1)).all():
        raise DataError(
            "arrays of pictures are uint8, or numbers in [0, 1]",
            got=f"{stack.dtype} from {values.min():g} to {values.max():g}" if values.size else str(stack.dtype),
            fix="scale them as the training data was scaled",
        )
    return np.rint(values * 255).astype(np.uint8)


def _read_sound(file: Path, name: str, spec: InputSpec) -> "Raw | Refusal":
    assert isinstance(spec, AudioInput)
    sound = decode_sound(file, name)
    if isinstance(sound, Refusal):
        return sound
    return Raw(name=name, values=fit_sound(sound, spec.rate, spec.samples), size=(sound.count(spec.rate),))


def _read_sounds(array: NDArray[np.generic], spec: InputSpec) -> "Iterator[Raw]":
    """One sound (T,) or several (N, T) at the model's own rate, int16 or in [-1, 1]."""
    assert isinstance(spec, AudioInput)
    stack = array[None] if array.ndim == 1 else array
    for index, wave in enumerate(check_waves(stack, spec.rate)):
        sound = Sound(wave=wave, rate=spec.rate, facts=())
        yield Raw(
            name=f"array[{index}]", values=fit_sound(sound, spec.rate, spec.samples), size=(sound.count(spec.rate),)
        )


def _read_clip(file: Path, name: str, spec: InputSpec) -> "Raw | Refusal":
    assert isinstance(spec, ClipInput)
    clip = decode_clip(file, name, spec)
    if isinstance(clip, Refusal):
        return clip
    return Raw(name=name, values=clip.frames, size=(clip.count, *clip.size))


def _is_path(text: str) -> bool:
    try:
        return Path(text).expanduser().exists()
    except (OSError, ValueError, RuntimeError):  # too long, with a NUL, of an unknown user
        return False


def _take_text(text: str, spec: TextInput) -> "Raw | Refusal":
    """A text itself; its name is its beginning."""
    name = " ".join(text.split())[:NAMED]
    try:
        return Raw(name=name, values=read_text(text, spec), size=(len(text),))
    except RefusedError as error:
        return Refusal(name=repr(text[:NAMED]), reason=str(error))


def _read_text_file(file: Path, name: str, spec: InputSpec) -> "Raw | Refusal":
    assert isinstance(spec, TextInput)
    try:
        return Raw(name=name, values=read_text(file, spec), size=(file.stat().st_size,))
    except RefusedError as error:
        return Refusal(name=name, reason=str(error))


def _read_signal_file(file: Path, name: str, spec: InputSpec) -> "Raw | Refusal":
    assert isinstance(spec, SignalInput)
    try:
        values = read_signal(file, spec)
    except RefusedError as error:
        return Refusal(name=name, reason=str(error))
    return Raw(name=name, values=values, size=values.shape)


def _read_signals(array: NDArray[np.generic], spec: InputSpec) -> "Iterator[Raw]":
    """One signal (T,) or (C, T), or N of them in front, as `spec` has channels."""
    assert isinstance(spec, SignalInput)
    if array.ndim == 1:
        array = array[None]
    alone = array.ndim == 2 and len(array) == spec.channels
    stack = array[None] if alone else array[:, None] if array.ndim == 2 and spec.channels == 1 else array
    if stack.ndim != 3 or stack.shape[1] != spec.channels or stack.dtype.kind not in "biuf":
        raise DataError(
            f"arrays of signals are numbers (N, C, T) of {spec.channels} channels, or one signal (C, T)",
            got=f"{array.dtype} of shape {array.shape}",
            fix="reshape it",
        )
    for index, signal in enumerate(stack.astype(np.float32)):
        yield Raw(name=f"array[{index}]", values=fit_signal(signal, spec.length), size=signal.shape)


FILES: "dict[Modality, FileReader]" = {
    "image": _read_picture,
    "audio": _read_sound,
    "clip": _read_clip,
    "text": _read_text_file,
    "signal": _read_signal_file,
}
ARRAYS: "dict[Modality, ArrayReader]" = {"image": _read_pictures, "audio": _read_sounds, "signal": _read_signals}
