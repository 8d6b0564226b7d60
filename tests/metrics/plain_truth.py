"""The measures of the course itself, pixel by pixel."""

import cmath
import math

import numpy as np
from skimage.color import rgb2lab


def background_lift(f, a, b):
    rise = [f[p] / 255 - max(a[p], b[p]) / 255 for p in np.ndindex(f.shape) if a[p] < 12.75 and b[p] < 12.75]
    return max(sum(rise) / len(rise), 0)


def _edges(image):
    """Strong edges and all edges, as sets of pixels."""
    weights = [math.exp(-(k**2) / 2) for k in range(-3, 4)]
    weights = [w / sum(weights) for w in weights]
    rows, columns = image.shape
    pixel = lambda i, j: image[min(max(i, 0), rows - 1), min(max(j, 0), columns - 1)]  # noqa: E731
    smooth = {
        (i, j): sum(weights[u + 3] * weights[v + 3] * pixel(i + u, j + v) for u in range(-3, 4) for v in range(-3, 4))
        for i in range(-1, rows + 1)
        for j in range(-1, columns + 1)
    }
    slopes, upright = {}, {}
    for i, j in np.ndindex(image.shape):
        down, across = (smooth[i + 1, j] - smooth[i - 1, j]) / 2, (smooth[i, j + 1] - smooth[i, j - 1]) / 2
        slopes[i, j], upright[i, j] = math.hypot(down, across), abs(across) >= abs(down) - 1e-6
    step = (weights[3] + weights[4]) / 2  # central difference beside a step between two pixels
    extent = max(smooth.values()) - min(smooth.values())
    strong, every = set(), set()
    for (i, j), slope in slopes.items():
        before, after = ((i, j - 1), (i, j + 1)) if upright[i, j] else ((i - 1, j), (i + 1, j))
        if slope > slopes.get(before, 0) + 1e-6 and slope >= slopes.get(after, 0) - 1e-6:
            if slope / step >= max(0.1 * extent, 1):
                strong.add((i, j))
            if slope / step >= max(0.05 * extent, 0.5):
                every.add((i, j))
    return strong, every


def _alone(edges, others):
    around = [(u, v) for u in (-1, 0, 1) for v in (-1, 0, 1)]
    return sum(all((i + u, j + v) not in others for u, v in around) for i, j in edges) / len(edges)


def hallucinated_edges(f, a, b):
    return _alone(_edges(f)[0], _edges(a)[1] | _edges(b)[1])


def missed_edges(f, a, b):
    return _alone(_edges(a)[0] | _edges(b)[0], _edges(f)[1])


def hue_error(f, a, b):
    """Of RGB images in [0, 1]."""
    labs = [rgb2lab(image) for image in (f, a, b)]
    total = weights = 0.0
    for p in np.ndindex(f.shape[:2]):
        fused, *sources = (complex(lab[p][1], lab[p][2]) for lab in labs)
        source = max(sources, key=abs)
        if abs(source) < 5:
            continue
        turn = abs(cmath.phase(fused) - cmath.phase(source)) * 180 / math.pi
        total += abs(source) * (min(turn, 360 - turn) if abs(fused) >= 5 else 90)
        weights += abs(source)
    return total / weights


def _around(truth):
    """Pixels of the lesion (there is one), and of its surroundings: within 5 steps up, down, left or right."""
    lesion = [p for p in np.ndindex(truth.lesions.shape) if truth.lesions[p]]
    ring = [
        p
        for p in np.ndindex(truth.lesions.shape)
        if not truth.lesions[p] and min(abs(p[0] - i) + abs(p[1] - j) for i, j in lesion) <= 5
    ]
    return lesion, ring


def _contrast(image, truth):
    lesion, ring = _around(truth)
    return sum(image[p] for p in lesion) / len(lesion) - sum(image[p] for p in ring) / len(ring)


def lesion_contrast_recovery(f, a, b, truth):
    return _contrast(f, truth) / max(_contrast(a, truth), _contrast(b, truth), key=abs)


def contrast_to_noise_ratio(f, a, b, truth):
    ring = _around(truth)[1]
    tissues = {}
    for p in ring:
        tissues.setdefault(truth.labels[p], []).append(f[p])
    squares = sum((x - sum(xs) / len(xs)) ** 2 for xs in tissues.values() for x in xs)
    return abs(_contrast(f, truth)) / math.sqrt(squares / (len(ring) - len(tissues)))


def structure_fidelity(f, a, b, truth):
    scores = []
    for number in set(truth.labels.ravel()) - {0}:
        inside = truth.labels == number
        if inside.sum() < 25:
            continue
        sources = [s[inside] for s in (a, b) if s[inside].std() >= 1]
        if sources:
            r = [np.corrcoef(f[inside], s)[0, 1] if f[inside].std() > 1e-9 else 0 for s in sources]
            scores.append(np.average(r, weights=[s.std() for s in sources]))
    return sum(scores) / len(scores)
