"""Whether made images are new and differ: a generator may repeat what it was shown, or itself."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.distance import cdist, pdist

from medfuse_course.core.types import FloatArray


def nearest_distances(samples: ArrayLike, data: ArrayLike) -> FloatArray:
    """How far each sample is from the image most like it: ``min_k rms(sample - data_k)`` over all pixels.

    Parameters
    ----------
    samples, data
        Images of one shape, ``(N, ...)`` and ``(M, ...)``.

    Returns
    -------
    ``(N,)``, in gray values.

    Raises
    ------
    ValueError
        There are none, or their shapes differ.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.metrics import nearest_distances
    >>> data = np.array([[0.0, 0.0], [1.0, 1.0]])
    >>> nearest_distances(np.array([[0.0, 0.0], [1.0, 0.0]]), data).round(4)
    array([0.    , 0.7071])
    """
    return cdist(*_rows(samples=samples, data=data)).min(axis=1)


def copied_share(samples: ArrayLike, training: ArrayLike, held_out: ArrayLike, quantile: float = 0.05) -> float:
    """The share of samples that lie nearer to a training image than all but a few unseen true images do.

    Parameters
    ----------
    samples
        What the generator makes, ``(N, ...)``.
    training
        What it was trained on.
    held_out
        Images of the same kind that it never saw.
    quantile
        How many of these count as near.

    Returns
    -------
    About `quantile` for a generator that makes new images, 1 for one that repeats.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.metrics import copied_share
    >>> rng = np.random.default_rng(0)
    >>> training, held_out = rng.random((2, 40, 64))
    >>> copied_share(training, training, held_out)
    1.0
    """
    near = np.quantile(nearest_distances(held_out, training), quantile)
    return float((nearest_distances(samples, training) <= near).mean())


def diversity(samples: ArrayLike, data: ArrayLike) -> float:
    """The mean distance between two samples, over that between two images of the data.

    Parameters
    ----------
    samples, data
        Images of one shape, at least two of each.

    Returns
    -------
    Near 0 where all samples are alike, 1 where they differ as the data do.

    Raises
    ------
    ValueError
        Too few, shapes that differ, or data that are all the same.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.metrics import diversity
    >>> data = np.array([[0.0], [1.0], [2.0]])
    >>> diversity(data / 2, data)
    0.5
    """
    rows = _rows(samples=samples, data=data)
    if min(map(len, rows)) < 2:
        raise ValueError(f"samples: expected two images at least of each, got {len(rows[0])} and {len(rows[1])}")
    made, real = (pdist(images).mean() for images in rows)
    if real == 0:
        raise ValueError("data: expected images that differ, got copies of one")
    return float(made / real)


def _rows(**images: ArrayLike) -> list[FloatArray]:
    """Each image as a row, so that distances are root mean squares."""
    (name, first), (_, second) = ((name, np.asarray(given, float)) for name, given in images.items())
    if not len(first) or not len(second) or first.shape[1:] != second.shape[1:]:
        raise ValueError(f"{name}: expected images (N, ...) of one shape, got {first.shape} and {second.shape}")
    return [each.reshape(len(each), -1) / np.sqrt(max(each[0].size, 1)) for each in (first, second)]
