"""Changes of a pair that leave fusion the same task: applied to both sources alike."""

import numpy as np
from numpy.typing import NDArray

Patch = NDArray[np.float32]


def random_crop(rng: np.random.Generator, images: tuple[Patch, ...], side: int, tries: int = 4) -> tuple[Patch, ...]:
    """The same ``side`` x ``side`` window of all images; of a few places the one with the most to show.

    Half of a medical image is air. What counts is the sum of the standard deviations of the sources.
    """
    height, width = images[0].shape
    if min(height, width) < side:
        raise ValueError(f"side: expected at most {min(height, width)} for images of {height} x {width}, got {side}")
    places = [(int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))) for _ in range(tries)]
    windows = [tuple(image[y : y + side, x : x + side] for image in images) for y, x in places]
    return max(windows, key=lambda window: sum(float(image.std()) for image in window))


def random_turn(rng: np.random.Generator, images: tuple[Patch, ...]) -> tuple[Patch, ...]:
    """One of the eight turns and mirrorings of a square, the same for all."""
    quarter, mirror = int(rng.integers(4)), bool(rng.integers(2))
    turned = tuple(np.rot90(image, quarter) for image in images)
    return tuple(image[:, ::-1] for image in turned) if mirror else turned


def random_gray(rng: np.random.Generator, image: Patch, strength: float = 0.3) -> Patch:
    """Another window and another tone curve of one source: ``clip(gain x)^gamma``; 0 stays 0.

    ``log gain`` and ``log gamma`` are even in ``[-strength, strength]``.
    """
    gain, gamma = np.exp(rng.uniform(-strength, strength, size=2))
    changed: Patch = np.clip(image * gain, 0, 1).astype(np.float32) ** np.float32(gamma)
    return changed
