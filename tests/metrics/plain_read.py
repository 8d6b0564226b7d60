"""The two readabilities as they are defined: slow, with loops, sharing nothing with the library."""

import math


def activity_read(f, a, b):
    return _pearson(_blurred(f, 4), _blurred(b, 4), _above(b, 0.1))


def anatomy_read(f, a, b):
    return _pearson(f - _blurred(f, 2), a - _blurred(a, 2), _above(b, 0.3))


def _above(b, level):
    return [(i, j) for i in range(b.shape[0]) for j in range(b.shape[1]) if b[i, j] / 255 > level]


def _pearson(first, second, places):
    n = len(places)
    x, y = ([image[place] for place in places] for image in (first, second))
    of_x, of_y = sum(x) / n, sum(y) / n
    together = sum((u - of_x) * (v - of_y) for u, v in zip(x, y, strict=True))
    return together / math.sqrt(sum((u - of_x) ** 2 for u in x) * sum((v - of_y) ** 2 for v in y))


def _blurred(image, sigma):
    """A Gaussian cut off at 4 sigma, the image mirrored about its outermost line of pixels' far side."""
    reach = 4 * sigma
    taps = [math.exp(-(k**2) / (2 * sigma**2)) for k in range(-reach, reach + 1)]
    rows, columns = image.shape
    once, twice = image.copy(), image.copy()
    for i in range(rows):
        for j in range(columns):
            beside = (image[i, _mirrored(j + k, columns)] for k in range(-reach, reach + 1))
            once[i, j] = sum(t * v for t, v in zip(taps, beside, strict=True)) / sum(taps)
    for i in range(rows):
        for j in range(columns):
            above = (once[_mirrored(i + k, rows), j] for k in range(-reach, reach + 1))
            twice[i, j] = sum(t * v for t, v in zip(taps, above, strict=True)) / sum(taps)
    return twice


def _mirrored(index, count):
    """-1 is 0, -2 is 1; count is count - 1."""
    index %= 2 * count
    return index if index < count else 2 * count - 1 - index
