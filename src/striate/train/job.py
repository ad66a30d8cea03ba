"""Everything that is decided before the first step of training, in one frozen record."""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import get_args

from striate.checkpoint import MOST_PARAMETERS
from striate.data.augment.table import expect_known
from striate.data.catalogue import Catalogue
from striate.data.decode.words import Unit
from striate.errors import UsageError
from striate.kernels.library import build_name
from striate.kinds import TaskName
from striate.models.zoo import choose_line, plan_network
from striate.notation import BatchNorm, GroupNorm, Plan, leaves
from striate.recipe import Facts, Recipe, change
from striate.recipes import choose_recipe
from striate.records import JSON, InputSpec, SuitResult, to_json
from striate.runtime.device import Device, asked_precision, asked_threads, choose_device, name_route, read_route
from striate.tasks.table import TASKS
from striate.tasks.task import Task
from striate.train.normalise import measure_input
from striate.train.symmetry import find_symmetry

MIXED: tuple[TaskName, ...] = ("classification", "multilabel")  # tasks whose examples may be mixed


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """Data, network plan, input specification, recipe, device, seed, and the limits that were typed.

    `minutes` bounds the whole process (None: no bound), `target` is a validation score in (0, 1] that ends training.
    `measured` says that the number of epochs comes from the time budget rather than from recipe or user. `route` is the
    one that was typed; None: the device's is to be measured. `suit` is the suit test of plain numbers.
    """

    catalogue: Catalogue
    plan: Plan
    spec: InputSpec
    recipe: Recipe
    device: Device
    seed: int
    minutes: float | None
    target: float | None
    route: str | None = None
    measured: bool = False
    suit: SuitResult | None = None

    @property
    def task(self) -> Task:
        """The functions of the catalogue's task."""
        return TASKS[self.catalogue.task]

    def signature(self) -> JSON:
        """Say in plain JSON what must be equal for an unfinished run to go on: every choice, and the machine's part.

        An epoch number that was measured from a time budget, and the route, stand apart from the choices.
        """
        recipe = to_json(self.recipe)
        return {
            "data": self.catalogue.fingerprint,
            "task": self.catalogue.task,
            "architecture": self.plan.line,
            "input": list(self.plan.input_shape),
            "recipe": {key: value for key, value in recipe.items() if key != "epochs"},
            "epochs": self.recipe.epochs,
            "measured": self.measured,
            "seed": self.seed,
            "minutes": self.minutes,
            "target": self.target,
            "device": self.device.kind,
            "route": name_route(self.device),
            "asked": {"route": self.route, "precision": asked_precision(), "threads": asked_threads()},
            "kernels": build_name(),
            "versions": {name: version(name) for name in ("striate", "torch", "numpy")},
        }


def prepare(
    catalogue: Catalogue,
    *,
    architecture: str | None,
    settings: Mapping[str, str | int | float | bool],
    seed: int,
    minutes: float | None,
    target: float | None,
    route: str = "auto",
) -> Job:
    """Resolve every choice but the number of epochs and the route where they are to be measured (train/budget, route).

    Raises UsageError or NotationError for a choice that cannot be met.
    """
    for name, value in (("minutes", minutes), ("target", target), ("seed", seed)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise UsageError(f"{name} is a number", got=repr(value), fix=f"give {name} as one")
    if minutes is not None and not 0 < minutes < 1e6:
        raise UsageError("minutes must be more than 0", got=f"{minutes:g}", fix="write --minutes 3")
    if target is not None and not 0 < target <= 1:
        raise UsageError("a target is a score in (0, 1]", got=f"{target:g}", fix="write --target 0.95")
    if not 0 <= seed < 2**63:
        raise UsageError("a seed is a whole number from 0 to 2^63 - 1", got=str(seed), fix="write --seed 0")
    spec = measure_input(catalogue)
    shape, outputs = spec.shape, TASKS[catalogue.task].head(catalogue.classes, spec)
    n_train = int((catalogue.splits == "train").sum())
    facts = Facts(
        n_train=n_train,
        normed=True,
        task=catalogue.task,
        modality=spec.modality,
        size=shape[1:],
        minutes=minutes,
        target=target,
        flip=find_symmetry(catalogue) if catalogue.task == "segmentation" else "off",
    )
    line = choose_line(facts) if architecture is None else architecture
    plan = plan_network(line, shape, outputs=outputs, modality=spec.modality)
    if plan.parameters > MOST_PARAMETERS:
        got, fix = f"{plan.parameters:,}", "pool before dense layers, or use fewer units"
        raise UsageError(f"a network has at most {MOST_PARAMETERS:,} parameters", got=got, fix=fix)
    device = choose_device()
    if route != "auto":
        device = read_route(route, device.kind)
    recipe = change(choose_recipe(dataclasses.replace(facts, normed=is_normed(plan))), settings)
    _expect_mixable(recipe, catalogue.task)
    expect_known(recipe, settings, spec.modality)
    return Job(
        catalogue=catalogue,
        plan=plan,
        spec=spec,
        recipe=recipe,
        device=device,
        seed=seed,
        minutes=minutes,
        target=target,
        route=None if route == "auto" else route,
        measured=minutes is not None and "epochs" not in settings,
    )


def _expect_mixable(recipe: Recipe, task: TaskName) -> None:
    """Two pictures in one have two answers, which only labels can be given in shares."""
    if (recipe.mixup or recipe.cutmix) and task not in MIXED:
        got = f"mixup {recipe.mixup:g}, cutmix {recipe.cutmix:g} for {task}"
        raise UsageError(f"pictures are mixed for {' and '.join(MIXED)}", got=got, fix="leave them at 0")


def read_size(size: str | int | float | bool | None) -> int | tuple[int, int] | None:
    """Read a picture size: pixels of both sides, or HEIGHTxWIDTH; None: by the data."""
    if size is None:
        return None
    parts = str(size).lower().split("x")
    if len(parts) > 2 or not all(re.fullmatch(r"[1-9][0-9]{0,4}", part) for part in parts):
        raise UsageError("a size is a number of pixels, or HEIGHTxWIDTH", got=repr(size), fix="write size 64 or 48x64")
    numbers = [int(part) for part in parts]
    return numbers[0] if len(numbers) == 1 else (numbers[0], numbers[1])


def read_unit(unit: str | int | float | bool | None) -> Unit | None:
    """Read what texts are split into: word or byte; None: by the texts."""
    units = {each: each for each in get_args(Unit)}
    if unit is not None and unit not in units:
        raise UsageError("a unit is word or byte", got=repr(unit), fix="write unit=byte")
    return None if unit is None else units[unit]


def is_normed(plan: Plan) -> bool:
    """Say whether the network normalises anywhere."""
    return any(isinstance(leaf.operation, BatchNorm | GroupNorm) for _, leaf in leaves(plan.layers))
