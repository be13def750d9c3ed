"""What a card or an entry says about the model: whether it was asked, what it read, what it cost."""

from dataclasses import dataclass, replace
from typing import Literal

from analysis.ledger import LedgerEntry

#: off: no model is configured · pending: it is going to be asked · used: asked for this · cached: an answer to the
#: same content was there · failed: see `reason` · over_budget: asked again the next day · outsider: the author has no
#: write access and nobody who has asked for it.
Status = Literal["off", "pending", "used", "cached", "failed", "over_budget", "outsider"]
#: Reasons of a command's failures that are none of the model's: it failed too often before; another process asked
#: about the same content and did not come to an end; there is no Redis. Texts: `unasked.<code>` in templates/text/.
UNASKED = ("not-asked", "busy", "no-redis")


@dataclass(frozen=True, slots=True)
class ModelNote:
    """The model's part in one assessment.

    Attributes:
        status: See `Status`.
        reason: Of a failure, `ModelError.reason`, `bad-answer`, `no-room` or one of `UNASKED`; else empty.
        name: The model's name; empty when none is configured.
        prompt_tokens: Tokens read, failed attempts included.
        completion_tokens: Tokens written.
        cost: What they cost, with the currency; empty when its prices are not known.
        redactions: Secrets that were taken out of what was read.
        files: The ledger: one entry for each file; empty in digests.
        full: Files read in full.
        part: Files read in part.
        listed: Files of which the model saw the name and size alone.
        is_estimate: Whether the server did not say all of the tokens.
        amount: The cost as a number, for sums; 0: it is not known.
        currency: Of the cost.
        dropped: Findings that the checks took away.
        is_last: Whether nobody asks again by himself: so it is in the files that commands write.
    """

    status: Status
    reason: str = ""
    name: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: str = ""
    redactions: int = 0
    files: tuple[LedgerEntry, ...] = ()
    full: int = 0
    part: int = 0
    listed: int = 0
    is_estimate: bool = False
    amount: float = 0.0
    currency: str = ""
    dropped: int = 0
    is_last: bool = False

    @property
    def is_asked(self) -> bool:
        """Whether a model was asked, or is going to be; False also when there is none."""
        return self.status != "off" and self.reason not in UNASKED


def shown(note: ModelNote) -> ModelNote:
    """The note as texts show it: whether an answer was made now or before is no difference there."""
    return replace(note, status="used") if note.status == "cached" else note


#: Where no model is configured.
NO_MODEL = ModelNote("off")
