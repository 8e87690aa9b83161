"""What a total is made of.

    nominal weight X_s/Σ X_s (full marks) · effective weight w_s = cov(x_s, t)/var(t), t = Σ x_s, so that Σ w_s = 1

Source: docs/methods.md §1. Effective weights: Wang & Stanley (1970), Review of Educational Research 40, 663–705.
"""

import numpy as np

from analysis.measures.arrays import Floats


def effective_weights(marks: Floats, total: Floats) -> Floats:
    """w_s = cov(x_s, total)/var(total) of the papers (m, k) in their sum total (m,): (k,), adds to 1.

    Pupils with every paper and a total only; NaN where the total does not vary.
    """
    whole = ~np.isnan(marks).any(axis=1) & ~np.isnan(total)
    if whole.sum() < 2:
        return np.full(marks.shape[1], np.nan)
    centred = total[whole] - total[whole].mean()
    spread = float(centred @ centred)
    if spread == 0:
        return np.full(marks.shape[1], np.nan)
    products = (marks[whole] - marks[whole].mean(axis=0)) * centred[:, None]
    return np.asarray(products.sum(axis=0) / spread)


def nominal_weights(full_marks: Floats) -> Floats:
    """Share of each paper in the full mark of the total, (k,)."""
    return np.asarray(full_marks / full_marks.sum())
