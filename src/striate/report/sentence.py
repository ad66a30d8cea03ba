"""What a run comes to, in words. Every sentence follows from the record alone, by a rule that stands here."""

from collections.abc import Mapping

from striate.records import Baseline, Calibration, Epoch, Evaluation, Run
from striate.report.confusion import list_confusions
from striate.report.number import bounded, count, decimal, percent

SHORT = {  # baselines as a sentence names them; others go by their title
    "exemplar": "the naive exemplar",
    "hog_svm": "HOG + linear SVM",
    "majority": "always the commonest class",
}
STOPPED = {
    "completed": "Training ran to the end of its recipe",
    "early": "Training stopped early, since the validation accuracy no longer rose",
    "target": "Training stopped on reaching its target",
    "minutes": "Training stopped when the time given was used up",
}


NEVER_SEEN = {
    "sealed": " that it never saw",
    "pixels": " with other pixels than those of its training",
    "unchecked": "",
}


def tell_result(test: Evaluation, baselines: Mapping[str, Baseline], *, unseen: str = "sealed") -> str:
    """Say in one sentence what share of the test the network names correctly, and what simpler methods get.

    `unseen` says how it is known that the network never saw the pictures (records.Assessment).
    """
    share = test.accuracy
    own = f"Of {count(share.n)} {test.split} pictures{NEVER_SEEN[unseen]}, the network names {bounded(share)} correctly"
    others = [f"{name} {percent(baseline.value)}" for name, baseline in named(baselines)]
    return f"{own}; {', '.join(others)}." if others else f"{own}."


def named(baselines: Mapping[str, Baseline]) -> list[tuple[str, Baseline]]:
    """Pair each baseline with its short name, in the order naive, traditional, trivial, others."""
    keys = [key for key in SHORT if key in baselines] + [key for key in baselines if key not in SHORT]
    return [(SHORT.get(key, baselines[key].title), baselines[key]) for key in keys]


def compare(test: Evaluation, baselines: Mapping[str, Baseline]) -> str:
    """Say whether the network is better than the best baseline: clearly so where their intervals do not meet."""
    if not baselines:
        return ""
    name, best = max(named(baselines), key=lambda pair: pair[1].value)
    distance = f"{abs(100 * (test.accuracy.value - best.value)):.1f} points"
    if test.accuracy.low > best.high:
        return f"The network is clearly better than the best of them, {name}: by {distance}; the intervals do not meet."
    if test.accuracy.high < best.low:
        return f"{_capital(name)} is clearly better than the network, by {distance}: use it, or train further."
    return (
        f"The network and {name} cannot be told apart on {count(test.accuracy.n)} pictures: "
        f"they lie {distance} apart, and their intervals meet."
    )


def tell_training(run: Run) -> str:
    """Say why training ended, which epoch was the best, and how the losses stood at the end."""
    if not run.history:
        return f"{STOPPED[run.stopped]}; no epoch was finished."
    last = run.history[-1]
    return (
        f"{STOPPED[run.stopped]}, after {_number(last.epoch, 'epoch')}; the best was epoch {run.best_epoch}. "
        f"At the end the training loss was {decimal(last.train_loss)} "
        f"and the validation loss {decimal(last.validation_loss)}. "
        f"On the validation pictures the network reaches {bounded(run.validation)} (n = {count(run.validation.n)})."
    )


def advise(run: Run) -> str:
    """Give one line of advice where the curves call for it, otherwise nothing.

    Overfitting shows where the validation loss ends a tenth above its lowest and the accuracy half a point below its
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
        return "The validation accuracy was still rising in the last epoch: a longer training is likely to gain more."
    return ""


REMEDY = "More pictures, more augmentation or a smaller network would help."


def _rises(lowest: Epoch, last: Epoch) -> bool:
    return last.validation_loss > 1.1 * lowest.validation_loss and last.train_loss < lowest.train_loss


def tell_worst(test: Evaluation) -> str:
    """Say which class is found least often, and what it is most often taken for."""
    judged = [score for score in test.per_class if score.recall.n]
    if not judged or not list_confusions(test, 1):
        return ""
    worst = min(judged, key=lambda score: score.recall.value)
    text = f"Hardest to find is {worst.label}: {bounded(worst.recall)} of {count(worst.recall.n)}"
    taken = [found for found in list_confusions(test, len(test.per_class) ** 2) if found.truth == worst.label]
    return f"{text}; most often it is taken for {taken[0].answer} ({count(taken[0].count)})." if taken else f"{text}."


def tell_calibration(calibration: Calibration) -> str:
    """Say what the calibration error means, and to which side the network errs."""
    error, bins = calibration.error, calibration.bins
    confidence = sum(part.confidence * part.n for part in bins) / max(1, error.n)
    accuracy = sum(part.accuracy * part.n for part in bins) / max(1, error.n)
    points = [f"{100 * value:.1f}" for value in (error.value, error.low, error.high)]
    text = f"The stated probabilities are off by {points[0]} points on average [{points[1]}, {points[2]}]"
    if error.low == 0:
        return f"{text}, which is no more than chance gives on {count(error.n)} pictures."
    if abs(confidence - accuracy) < error.value / 2:
        return f"{text}, some too high and some too low."
    side = "too sure of itself" if confidence > accuracy else "too cautious"
    return f"{text}: the network is {side}, it states {percent(confidence)} and is right in {percent(accuracy)}."


def tell_temperature(temperature: float) -> str:
    """Say that the probabilities were adjusted after training, on other pictures than these."""
    doubt = "too sure of itself" if temperature > 1 else "too cautious"
    return (
        f"After training the network was {doubt}, so its logits were divided by {decimal(temperature)}, "
        "fitted on the validation pictures; no answer changes by that."
    )


def _number(n: int, noun: str) -> str:
    return f"{count(n)} {noun}" if n == 1 else f"{count(n)} {noun}s"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _finite(loss: float) -> float:
    """The loss, or infinity for not-a-number, which compares with nothing."""
    return loss if loss == loss else float("inf")
