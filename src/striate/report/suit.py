"""The suit test in words and lines, the same in terminal and report."""

from striate.records.suit import SuitResult

ORDERS = {
    "any": "any place with any other",
    "near": "places near each other",
    "rows": "whole rows",
    "columns": "whole columns",
}
VERDICTS = {"suited": "suited to a CNN", "unsuited": "not suited to a CNN", "unclear": "not clear"}


def tell_suit(result: SuitResult) -> str:
    """Give the verdict with its reason in a sentence."""
    return f"Suit test: {VERDICTS[result.verdict]}: {result.reason}."


def list_suit(result: SuitResult) -> list[tuple[str, str, str]]:
    """List what was tried, what it got, and what the true order has more; nothing after a brief look."""
    if result.score is None:
        return []
    rows = [("small CNN, values in their order", _score(result.score), "")]
    for each in result.permuted:
        gain = f"{each.gain.value:+.3f} [{each.gain.low:+.3f}, {each.gain.high:+.3f}], {each.surprise:.1f} sd"
        rows.append((f"the same, swapped: {ORDERS[each.order]} ({each.n} orders)", _score(each.score), gain))
    rows += [(f"{name}, no order", _score(score), "") for name, score in result.baselines.items()]
    if result.chance is not None:
        rows.append(("chance", _score(result.chance), ""))
    return rows


def tell_agreement(result: SuitResult) -> str:
    """Say how far neighbours agree."""
    agreement = result.agreement
    return (
        f"Correlation of neighbouring values {agreement.neighbours:.2f}; {agreement.strangers:.2f} in random orders"
        f" ({agreement.surprise:.1f} sd below), {agreement.shaken:.2f} among near places"
        f" ({agreement.shaken_surprise:.1f} sd); {result.n:,} examples, {result.seconds:.1f} s."
    )


def _score(value: float) -> str:
    return f"{value:.3f}"
