"""Frozen records: everything that flows between the parts, and what the report, page and terminal draw."""

from striate.records.data import DataSummary, InputSpec, Ledger, Notice, Refusal
from striate.records.interval import Interval, share
from striate.records.json import JSON, from_json, to_json
from striate.records.result import (
    Assessment,
    Baseline,
    Calibration,
    CalibrationBin,
    ClassScore,
    Epoch,
    Evaluation,
    Machine,
    Mistake,
    Prediction,
    Run,
)
from striate.records.trace import Field, GradientTrace, Share, Term, Trace, Unfolding, Vote, Votes

__all__ = [
    "JSON",
    "Assessment",
    "Baseline",
    "Calibration",
    "CalibrationBin",
    "ClassScore",
    "DataSummary",
    "Epoch",
    "Evaluation",
    "Field",
    "GradientTrace",
    "InputSpec",
    "Interval",
    "Ledger",
    "Machine",
    "Mistake",
    "Notice",
    "Prediction",
    "Refusal",
    "Run",
    "Share",
    "Term",
    "Trace",
    "Unfolding",
    "Vote",
    "Votes",
    "from_json",
    "share",
    "to_json",
]
