"""Seeded randomness: the same seed and the same stream name give the same numbers, on every machine."""

import zlib

import numpy as np


def generator(seed: int, *stream: str | int) -> np.random.Generator:
    """A random generator for one purpose.

    Parameters
    ----------
    seed
        Non-negative integer: the experiment.
    *stream
        What the numbers are for, such as ``"head", "anatomy"``. Streams of one seed are independent: to draw more
        from one never changes another.

    Returns
    -------
    A generator whose draws follow from seed and stream alone.
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ValueError(f"seed: expected a non-negative integer, got {seed!r}")
    words = [s if isinstance(s, int) else zlib.crc32(s.encode()) for s in stream]
    return np.random.default_rng([int(seed), *words])
