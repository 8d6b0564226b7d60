"""FMI and MEF-SSIM written down as they are read, window by window."""

import math

import numpy as np
import pywt
from scipy.fft import dct


def _closest_joint(p, q):
    """The joint distribution of positions that fills the corner first: as close together as p and q allow."""
    joint = np.zeros((9, 9))
    left_p, left_q, i, j = list(p), list(q), 0, 0
    while i < 9 and j < 9:
        mass = min(left_p[i], left_q[j])
        joint[i, j] += mass
        left_p[i] -= mass
        left_q[j] -= mass
        i, j = (i + 1, j) if left_p[i] <= left_q[j] else (i, j + 1)
    return joint


def _bits(probabilities):
    return -sum(x * math.log2(abs(x)) for x in np.ravel(probabilities) if x != 0)


def _spread(p):
    mean = sum(i * x for i, x in enumerate(p))
    return math.sqrt(sum((i - mean) ** 2 * x for i, x in enumerate(p)))


def _window_score(f, source, largest_weight):
    p, q = f / f.sum(), source / source.sum()
    flat = np.ptp(p) == 0 or np.ptp(q) == 0
    r = 0.0 if flat else np.corrcoef(p, q)[0, 1]
    if r < 0:
        q = q[::-1]
    joint = _closest_joint(p, q)
    covariance = sum(joint[i, j] * i * j for i in range(9) for j in range(9)) - (np.arange(9) @ p) * (np.arange(9) @ q)
    weight = 0.0 if abs(covariance) < 1e-12 else min(largest_weight, abs(r) * _spread(p) * _spread(q) / covariance)
    joint = weight * joint + (1 - weight) * np.outer(p, q)
    total = _bits(p) + _bits(q)
    return 2 * (total - _bits(joint)) / total if total > 1e-12 else 0.0


def _stretch(window):
    return (window - window.min()) / np.ptp(window) if np.ptp(window) > 1e-9 else np.ones(9)


def _column_by_column(feature, i, j):
    return np.array([feature[i + row, j + column] for column in range(3) for row in range(3)])


def _fmi(feature):
    def metric(f, a, b):
        maps = [feature(image) for image in (f, a, b)]
        scores = []
        for i, j in np.ndindex(maps[0].shape[0] - 2, maps[0].shape[1] - 2):
            x, *others = (_stretch(_column_by_column(values, i, j)) for values in maps)
            scores += [1.0 if np.allclose(x, y, rtol=0, atol=1e-9) else _window_score(x, y, 1) for y in others]
        return sum(scores) / len(scores)

    return metric


def fmi_of_the_authors(f, a, b):
    """On derivatives along rows, with the slips of their code."""
    maps = [np.gradient(image, axis=1) for image in (f, a, b)]
    scores = []
    for i, j in np.ndindex(maps[0].shape[0] - 2, maps[0].shape[1] - 2):
        x, *others = (_column_by_column(values, i, j) for values in maps)
        for y in others:
            if (x == y).all():
                scores.append(1.0)
                continue
            x, z = _stretch(x), _stretch(y)  # and so the next source meets a stretched x
            scores.append(1.0 if (x == 1).all() and (z == 1).all() else _window_score(x, z, math.inf))
    return sum(scores) / len(scores)


def _dct(image):
    return dct(dct(image, axis=0, norm="ortho"), axis=1, norm="ortho")


def _bands(image):
    """Top: coarse along rows, coarse and fine down columns; bottom: fine along rows."""
    halves = pywt.dwt(image, "dmey", "periodization", axis=1)
    return np.vstack([np.hstack(pywt.dwt(half, "dmey", "periodization", axis=0)) for half in halves])


FMI = {
    "fmi": _fmi(lambda image: np.hypot(*np.gradient(image))),
    "fmi_pixel": _fmi(lambda image: image),
    "fmi_dct": _fmi(_dct),
    "fmi_wavelet": _fmi(_bands),
}


def mef_ssim(f, a, b):
    weights = np.array([0.0448, 0.2856, 0.3001])
    value = 1.0
    for weight in weights / weights.sum():
        value *= _desired_against(f, a, b) ** weight
        f, a, b = (_half(image) for image in (f, a, b))
    return value


def _half(image):
    image = np.pad(image, ((0, image.shape[0] % 2), (0, image.shape[1] % 2)), mode="edge")
    return np.array([[image[i : i + 2, j : j + 2].mean() for j in range(0, image.shape[1], 2)]
                     for i in range(0, image.shape[0], 2)])  # fmt: skip


def _desired_against(f, a, b):
    """Mean over 11 x 11 windows of the contrast and structure of f with the desired patch."""
    y, x = np.mgrid[-5:6, -5:6]
    window = np.exp(-(x**2 + y**2) / (2 * 1.5**2)).ravel()
    window /= window.sum()
    scores = []
    for i, j in np.ndindex(f.shape[0] - 10, f.shape[1] - 10):
        patches = [image[i : i + 11, j : j + 11].ravel() for image in (a, b)]
        patches = [patch - patch.mean() for patch in patches]
        norms = [np.linalg.norm(patch) for patch in patches]
        agreement = np.linalg.norm(sum(patches)) / sum(norms) if sum(norms) > 1e-9 else 1.0
        power = 10.0 if agreement >= 1 else min(math.tan(math.pi / 2 * agreement), 10)
        shares = [((norm + 0.001) / 11) ** power + 2**-52 for norm in norms]
        desired = sum(s / sum(shares) * p / (n + 0.001) for s, p, n in zip(shares, patches, norms, strict=True))
        if np.linalg.norm(desired) > 1e-4:
            desired = desired / np.linalg.norm(desired) * (max(norms) + 0.001)
        g, h = desired - window @ desired, f[i : i + 11, j : j + 11].ravel()
        h = h - window @ h
        c = (0.03 * 255) ** 2
        scores.append((2 * window @ (g * h) + c) / (window @ (g * g) + window @ (h * h) + c))
    return sum(scores) / len(scores)
