"""What the page needs to know before anything else: the network, its classes, its sliders; and of its data."""

from dataclasses import dataclass

from striate.errors import StriateError
from striate.records import InputSpec, Interval
from striate.serve.disturb import SLIDERS, Slider
from striate.serve.session import Session
from striate.serve.views import LayerView, list_layers


@dataclass(frozen=True, kw_only=True, slots=True)
class DataView:
    """The data behind the model; `trouble` says why there is none, "" where there is.

    `own` says that the model was trained on this very data, so that its splits mean what they say.
    """

    trouble: str
    source: str
    examples: int
    splits: dict[str, int]
    own: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelView:
    """A model: its name and line, its layers with shapes and costs, its classes, and how well it did."""

    name: str
    run: str
    architecture: str
    line: str
    classes: tuple[str, ...]
    input: InputSpec
    parameters: int
    multiply_adds: int
    layers: tuple[LayerView, ...]
    results: dict[str, Interval]
    sliders: dict[str, Slider]


def view_model(session: Session) -> ModelView:
    """Describe the session's model."""
    model = session.model
    plan = model.network.plan
    return ModelView(
        name=model.path.resolve().parent.name,
        run=str(model.path.parent),
        architecture=model.info.architecture,
        line=model.info.line,
        classes=model.info.classes,
        input=model.info.input,
        parameters=plan.parameters,
        multiply_adds=plan.multiply_adds,
        layers=tuple(list_layers(plan)),
        results=model.info.results,
        sliders=SLIDERS,
    )


def view_data(session: Session) -> DataView:
    """Describe the session's data, which was read, or say why it could not be."""
    try:
        gallery = session.read_gallery()
    except StriateError as error:
        return DataView(trouble=str(error), source="", examples=0, splits={}, own=False)
    splits = gallery.catalogue.splits
    return DataView(
        trouble="",
        source=gallery.catalogue.source,
        examples=len(splits),
        splits={name: int((splits == name).sum()) for name in ("train", "validation", "test")},
        own=gallery.own,
    )
