"""Made-up sources and fused images for the metric tests."""

import numpy as np
from scipy.ndimage import gaussian_filter


def sources(side=64, seed=0):
    """Two 8-bit scenes on black: a disk of soft texture, and a bright ring with a patch."""
    rng = np.random.default_rng(seed)
    y, x = (np.mgrid[:side, :side] - side / 2 + 0.5) / side
    radius = np.hypot(x, y)
    texture = gaussian_filter(rng.standard_normal((side, side)), 2)
    a = np.where(radius < 0.42, 0.5 + 1.2 * texture, 0)
    b = np.where((radius > 0.36) & (radius < 0.45), 0.9, 0) + 0.6 * np.exp(-((x - 0.1) ** 2 + (y + 0.05) ** 2) / 0.01)
    b = np.where(radius < 0.45, b, 0)
    return tuple((np.rint(image.clip(0, 1) * 255) / 255).astype(np.float32) for image in (a, b))


def noisy(image, sigma, seed=1):
    noise = np.random.default_rng(seed).standard_normal(image.shape)
    return (image + sigma * noise).clip(0, 1).astype(np.float32)
