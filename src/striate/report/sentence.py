"""What a run comes to, in words. Every sentence follows from the record alone, by a rule that stands here."""

from collections.abc import Mapping

from striate.kinds import Modality, TaskName
from striate.records import (
    AnyEvaluation,
    AudioInput,
    Baseline,
    ClipInput,
    Epoch,
    ImageInput,
    InputSpec,
    Interval,
    Run,
    SignalInput,
    TextInput,
)
from striate.report.faces.table import FACES
from striate.report.number import bounded, count, decimal, percent
from striate.report.words import NOUNS, nouns, number

SHORT = {  # baselines as a sentence names them; others go by their title
    "exemplar": "the naive exemplar",
    "hog_svm": "HOG + linear SVM",
    "majority": "always the commonest class",
}
STOPPED = {
    "completed": "Training ran to the end of its recipe",
    "early": "Training stopped early, since the validation score no longer rose",
    "target": "Training stopped on reaching its target",
    "minutes": "Training stopped when the time given was used up",
}


NEVER_SEEN = {
    "sealed": " that it never saw",
    "pixels": " with other pixels than those of its training",
    "unchecked": "",
}


def tell_result(
    task: TaskName,
    test: AnyEvaluation,
    baselines: Mapping[str, Baseline],
    *,
    modality: Modality = "image",
    unseen: str = "sealed",
) -> str:
    """Say in one sentence what the network reaches on the test, and what simpler methods get.

    `unseen` says how it is known that the network never saw the examples (records.Assessment).
    """
    noun = NOUNS[modality]
    said = f"{count(test.headline.n)} {test.split} {noun}{'' if test.headline.n == 1 else 's'}{NEVER_SEEN[unseen]}"
    own = f"Of {said}, the network {FACES[task].tell(test.headline, noun)}"
    others = [f"{name} {percent(baseline.value)}" for name, baseline in named(baselines)]
    return f"{own}; {', '.join(others)}." if others else f"{own}."


def named(baselines: Mapping[str, Baseline]) -> list[tuple[str, Baseline]]:
    """Pair each baseline with its short name, in the order naive, traditional, trivial, others."""
    keys = [key for key in SHORT if key in baselines] + [key for key in baselines if key not in SHORT]
    return [(SHORT.get(key, baselines[key].title), baselines[key]) for key in keys]


def compare(result: Interval, baselines: Mapping[str, Baseline], noun: str = "picture") -> str:
    """Say whether the network is better than the best baseline: clearly so where their intervals do not meet."""
    if not baselines:
        return ""
    name, best = max(named(baselines), key=lambda pair: pair[1].value)
    distance = f"{abs(100 * (result.value - best.value)):.1f} points"
    if result.low > best.high:
        return f"The network is clearly better than the best of them, {name}: by {distance}; the intervals do not meet."
    if result.high < best.low:
        return f"{_capital(name)} is clearly better than the network, by {distance}: use it, or train further."
    return (
        f"The network and {name} cannot be told apart on {number(result.n, noun)}: "
        f"they lie {distance} apart, and their intervals meet."
    )


def tell_training(run: Run) -> str:
    """Say why training ended, which epoch was the best, and how the losses stood at the end."""
    if not run.history:
        return f"{STOPPED[run.stopped]}; no epoch was finished."
    last = run.history[-1]
    return (
        f"{STOPPED[run.stopped]}, after {number(last.epoch, 'epoch')}; the best was epoch {run.best_epoch}. "
        f"At the end the training loss was {decimal(last.train_loss)} "
        f"and the validation loss {decimal(last.validation_loss)}. "
        f"On the validation {nouns(run.data.modality)} the network reaches {bounded(run.validation)} "
        f"(n = {count(run.validation.n)})."
    )


def advise(run: Run) -> str:
    """Give one line of advice where the curves call for it, otherwise nothing.

    Overfitting shows where the validation loss ends a tenth above its lowest and the score half a point below its
    best while the training loss fell on (a loss alone may rise through smoothed labels at no cost), or where it ends
    at twice the training loss and 0.1 above it while an earlier epoch was the best. Training was too short where the
    last epoch was the best one and still gained half a point.
    """
    if len(run.history) < 2:
        return ""
    lowest, last = min(run.history, key=lambda epoch: _finite(epoch.validation_loss)), run.history[-1]
    if _rises(lowest, last) and last.validation_score < max(e.validation_score for e in run.history) - 0.005:
        excess = percent(last.validation_loss / lowest.validation_loss - 1)
        return f"Overfitting: the validation loss was lowest in epoch {lowest.epoch}, and ends {excess} above. {REMEDY}"
    if last.epoch != run.best_epoch and last.validation_loss > max(2 * last.train_loss, last.train_loss + 0.1):
        return f"Overfitting: the validation loss ends far above the training loss. {REMEDY}"
    if last.epoch == run.best_epoch and last.validation_score - run.history[-2].validation_score > 0.005:
        return (
            f"The validation {run.metric} was still rising in the last epoch: a longer training is likely to gain more."
        )
    return ""


REMEDY = "More examples, more augmentation or a smaller network would help."


def _rises(lowest: Epoch, last: Epoch) -> bool:
    return last.validation_loss > 1.1 * lowest.validation_loss and last.train_loss < lowest.train_loss


def tell_input(spec: InputSpec) -> str:
    """Say what the network is fed of every example."""
    match spec:
        case ImageInput():
            return (
                f"The network sees {spec.width}×{spec.height} in {_colour(spec.channels)}: every picture is brought to "
                "that size whole, with black at the sides where its shape differs."
            )
        case AudioInput():
            return (
                f"The network hears {spec.samples / spec.rate:.2f} s at {spec.rate:,} Hz: shorter sounds end in "
                f"silence, longer ones are cut. It sees {spec.bands} bands from {spec.low:,.0f} to {spec.high:,.0f} Hz "
                f"in windows of {1000 * spec.window / spec.rate:.0f} ms, every {1000 * spec.hop / spec.rate:.0f} ms."
            )
        case TextInput():
            words = f", {len(spec.vocabulary):,} different ones known" if spec.unit == "word" else ""
            return f"The network reads up to {number(spec.length, spec.unit)}{words}; longer texts are cut."
        case SignalInput():
            return f"The network is fed {number(spec.channels, 'channel')} of up to {number(spec.length, 'value')}."
        case ClipInput():
            return (
                f"The network sees {number(spec.frames, 'frame')}, taken evenly, of {spec.width}×{spec.height} in "
                f"{_colour(spec.channels)}."
            )


def tell_sizes(sizes: tuple[tuple[int, ...], ...]) -> str:
    """Say how large the examples are: the smallest, the middle and the largest, as written in the record."""
    small, middle, large = ("×".join(f"{n:,}" for n in reversed(size)) for size in sizes)  # width first
    if small == large:
        return f"They are all of size {small}."
    return f"They are of size {small} to {large}, half of them up to {middle}."


def _colour(channels: int) -> str:
    return "grey" if channels == 1 else "colour"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _finite(loss: float) -> float:
    """The loss, or infinity for not-a-number, which compares with nothing."""
    return loss if loss == loss else float("inf")
