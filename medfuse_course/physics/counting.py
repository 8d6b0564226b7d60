"""Fewer counts from the same scan."""

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray


def thin_counts(counts: FloatArray, fraction: float, seed: int | np.random.Generator) -> NDArray[np.float32]:
    """Keep each count with probability `fraction`: ``n' ~ Binomial(n, fraction)``.

    If `counts` follow a Poisson law of mean m, the result follows one of mean ``fraction * m``: a scan of lower dose or
    shorter time. Its counts are a part of the given ones, as in clinical low-dose data cut from list mode, so its noise
    is not independent of theirs.

    Parameters
    ----------
    counts
        Whole numbers >= 0, in any shape.
    fraction
        Probability in [0, 1].
    seed
        A seed, or a generator to draw from.

    Returns
    -------
    Whole numbers, as float32, none above `counts`.

    Raises
    ------
    ValueError
        Something that is not a count, or a fraction outside [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.physics import thin_counts
    >>> counts = np.array([0.0, 5.0, 1e6])
    >>> fewer = thin_counts(counts, fraction=0.1, seed=0)
    >>> fewer.round(-3).tolist(), bool((fewer <= counts).all())  # a tenth of a million, give or take a few hundred
    ([0.0, 0.0, 100000.0], True)
    """
    whole = np.asarray(counts)
    if not np.isfinite(whole).all() or (whole < 0).any() or (whole != np.rint(whole)).any():
        raise ValueError("counts: expected whole numbers >= 0; thin the counts of a scan, not its image")
    if not 0 <= fraction <= 1:
        raise ValueError(f"fraction: expected a number from 0 to 1, got {fraction}")
    rng = seed if isinstance(seed, np.random.Generator) else generator(seed, "thinning")
    return rng.binomial(whole.astype(np.int64), fraction).astype(np.float32)
