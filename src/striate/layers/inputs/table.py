"""The table of input layers: which one each kind of content gets."""

from striate.errors import UsageError
from striate.layers.inputs.audio import AudioInputLayer
from striate.layers.inputs.clip import ClipInputLayer
from striate.layers.inputs.image import ImageInputLayer
from striate.layers.inputs.layer import InputLayer
from striate.layers.inputs.signal import SignalInputLayer
from striate.layers.inputs.text import TextInputLayer
from striate.records import AudioInput, ClipInput, ImageInput, InputSpec, SignalInput, TextInput


def make_input_layer(spec: InputSpec) -> InputLayer:
    """Build the input layer of a specification."""
    match spec:
        case ImageInput():
            return ImageInputLayer(spec)
        case AudioInput():
            return AudioInputLayer(spec)
        case TextInput():
            return TextInputLayer(spec)
        case SignalInput():
            return SignalInputLayer(spec)
        case ClipInput():
            return ClipInputLayer(spec)


def expect_normalised(layer: InputLayer) -> ImageInputLayer | SignalInputLayer | ClipInputLayer:
    """Give the input layer of a network whose inputs it normalises by `mean` and `std`, a channel each.

    Raises UsageError for that of another kind of content.
    """
    if isinstance(layer, ImageInputLayer | SignalInputLayer | ClipInputLayer):
        return layer
    got, fix = f"one of {layer.spec.modality}", "trace a layer after the input"
    raise UsageError("tracing the input takes a network of pictures, signals or clips", got=got, fix=fix)
