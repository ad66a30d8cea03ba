"""The architecture notation: one line of text is a network. Parsed, never evaluated; printed back exactly; no torch.

text ──parse──> Architecture (tree of steps) ──plan──> Plan (layers with shapes, receptive fields, costs)
"""

from striate.notation.grammar import Architecture, Block, Step, parse
from striate.notation.heads import StepHead
from striate.notation.operations import (
    Activation,
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Embed,
    FixedFilter,
    Flatten,
    GlobalPool,
    GroupNorm,
    MaxPool,
    Operation,
    Upsample,
)
from striate.notation.plan import Combination, Layer, Plan, leaves, plan
from striate.notation.recurrent import Columns, Recurrent

__all__ = [
    "Activation",
    "Architecture",
    "AvgPool",
    "BatchNorm",
    "Block",
    "Columns",
    "Combination",
    "Conv",
    "Dense",
    "Dropout",
    "Embed",
    "FixedFilter",
    "Flatten",
    "GlobalPool",
    "GroupNorm",
    "Layer",
    "MaxPool",
    "Operation",
    "Plan",
    "Recurrent",
    "Step",
    "StepHead",
    "Upsample",
    "leaves",
    "parse",
    "plan",
]
