"""The five verdict words, two of them for the middle.

With a difference e, its 95 % interval [lo, hi] and the smallest meaningful difference s:

    much above  lo > 0 and e ≥ s      above  lo > 0        (and their mirror images)
    around      −s ≤ lo and hi ≤ s: shown to be small      unclear  else: nothing was shown

'around' and 'unclear' are kept apart: no difference found is not the same as shown to be alike.

Source: docs/methods.md §5. Equivalence by an interval inside the margin: Schuirmann (1987), J. Pharmacokinetics and
Biopharmaceutics 15, 657–680 (there with 90 %; 95 % is the stricter).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.terms import SMALL_HIDDEN, SMALL_NOTE, Verdict

Words = NDArray[np.str_]


def verdicts(
    e: ArrayLike,
    lo: ArrayLike,
    hi: ArrayLike,
    s: ArrayLike,
    n: ArrayLike,
    *,
    direction: str = "up",
    decimals: int = 2,
    hidden_below: int = SMALL_HIDDEN,
    note_below: int = SMALL_NOTE,
) -> Words:
    """Verdict of each difference e with interval [lo, hi], all in the unit of the smallest meaningful one, s.

    Numbers are rounded as printed (`decimals`) first, so that word and page agree; an interval that touches 0
    belongs to the middle. direction 'down' turns the scale round: above is then always the better side.
    """
    e, lo, hi, s, n = np.broadcast_arrays(*(np.asarray(a, float) for a in (e, lo, hi, s, n)))
    if direction == "down":
        e, lo, hi = -e, -hi, -lo
    e, lo, hi, s = (np.round(a, decimals) for a in (e, lo, hi, s))
    known = ~(np.isnan(e) | np.isnan(lo) | np.isnan(hi))
    cases = [
        (n < hidden_below, Verdict.hidden),
        (~known, Verdict.none),
        (n < note_below, Verdict.small),
        ((lo > 0) & (e >= s), Verdict.much_above),
        (lo > 0, Verdict.above),
        ((hi < 0) & (e <= -s), Verdict.much_below),
        (hi < 0, Verdict.below),
        ((lo >= -s) & (hi <= s), Verdict.around),
    ]
    return np.select([c for c, _ in cases], [str(v) for _, v in cases], default=str(Verdict.unclear))


def verdict(e: float, lo: float, hi: float, s: float, n: int, **options: str | int) -> Verdict:
    """Verdict of one difference; options as in `verdicts`."""
    return Verdict(str(verdicts(e, lo, hi, s, n, **options)))  # type: ignore[arg-type]
