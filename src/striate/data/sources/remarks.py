"""What a source meets in its files that their owner should know of, collected by kind while it is read."""

from dataclasses import dataclass, field

from striate.data.listing import FIRST_NAMES
from striate.records import Notice

LEFT_OUT = "left out"  # what a remark on a loss says
NAMED = 20  # names of losses that a notice holds, of other remarks as many as of any notice


@dataclass(kw_only=True, slots=True)
class Remarks:
    """Names of examples, or of objects in them, by what there is to say of them."""

    said: dict[str, list[str]] = field(default_factory=dict)

    def add(self, what: str, *names: str) -> None:
        """Say `what` of examples or objects by their names."""
        if names:
            self.said.setdefault(what, []).extend(names)

    def notices(self) -> tuple[Notice, ...]:
        """Make a notice of each kind, in the order in which they were first met."""
        return tuple(
            Notice(what=what, count=len(names), names=tuple(names[: NAMED if LEFT_OUT in what else FIRST_NAMES]))
            for what, names in self.said.items()
        )
