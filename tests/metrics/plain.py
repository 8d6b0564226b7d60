"""The definitions of the metrics, written down as they are read: slow, with loops, sharing nothing with the library.

Every function takes f, a, b as float64 gray arrays in [0, 255].
"""

import math

import numpy as np
from scipy.signal import convolve2d

from tests.metrics import plain_read, plain_truth, plain_windows


def en(f, a, b):
    counts = {}
    for level in np.round(f).ravel():
        counts[level] = counts.get(level, 0) + 1
    return -sum(n / f.size * math.log2(n / f.size) for n in counts.values())


def sd(f, a, b):
    mean = sum(f.ravel()) / f.size
    return math.sqrt(sum((value - mean) ** 2 for value in f.ravel()) / f.size)


def sf(f, a, b):
    rows, columns = f.shape
    row = sum((f[i, j] - f[i, j - 1]) ** 2 for i in range(rows) for j in range(1, columns)) / (rows * (columns - 1))
    column = sum((f[i, j] - f[i - 1, j]) ** 2 for i in range(1, rows) for j in range(columns)) / ((rows - 1) * columns)
    return math.sqrt(row + column)


def ag(f, a, b):
    rows, columns = f.shape
    total = 0.0
    for i in range(rows):
        for j in range(columns):
            up, down, left, right = max(i - 1, 0), min(i + 1, rows - 1), max(j - 1, 0), min(j + 1, columns - 1)
            gx = (f[i, right] - f[i, left]) / (right - left)
            gy = (f[down, j] - f[up, j]) / (down - up)
            total += math.sqrt((gx**2 + gy**2) / 2)
    return total / f.size


def _information(first, second):
    """I(first; second), H(first), H(second) in bits by the double sum over levels."""
    n = first.size
    joint, one, two = {}, {}, {}
    for x, y in zip(np.round(first).ravel(), np.round(second).ravel(), strict=True):
        joint[x, y] = joint.get((x, y), 0) + 1
        one[x] = one.get(x, 0) + 1
        two[y] = two.get(y, 0) + 1
    mutual = sum(c / n * math.log2(c * n / (one[x] * two[y])) for (x, y), c in joint.items())
    entropies = [-sum(c / n * math.log2(c / n) for c in marginal.values()) for marginal in (one, two)]
    return mutual, *entropies


def mi(f, a, b):
    return _information(f, a)[0] + _information(f, b)[0]


def nmi(f, a, b):
    return sum(2 * mutual / (one + two) for mutual, one, two in (_information(f, a), _information(f, b)))


def semantic_loss(f, a, b):
    """Each pixel asks: how likely is my source's gray value among the pixels that share my fused one?"""
    coarse = [(np.round(image).astype(int) // 8).ravel().tolist() for image in (f, a, b)]
    unknown = known = 0.0
    for source in coarse[1:]:
        pairs = list(zip(coarse[0], source, strict=True))
        unknown -= sum(math.log2(pairs.count(pair) / coarse[0].count(pair[0])) for pair in pairs)
        known -= sum(math.log2(source.count(level) / len(source)) for level in source)
    return unknown / known


def mse(f, a, b):
    return sum(((f - source) ** 2).sum() / f.size for source in (a, b)) / 2


def psnr(f, a, b):
    return 10 * math.log10(255**2 / mse(f, a, b))


def cc(f, a, b):
    return (np.corrcoef(f.ravel(), a.ravel())[0, 1] + np.corrcoef(f.ravel(), b.ravel())[0, 1]) / 2


def scd(f, a, b):
    return np.corrcoef((f - b).ravel(), a.ravel())[0, 1] + np.corrcoef((f - a).ravel(), b.ravel())[0, 1]


def _window(side, sigma):
    """A normalized side x side Gaussian."""
    y, x = np.mgrid[:side, :side] - side // 2
    window = np.exp(-(x**2 + y**2) / (2 * sigma**2))
    return window / window.sum()


def _valid(image, window):
    return convolve2d(image, window, mode="valid")


def _moments(x, y, window):
    mx, my = _valid(x, window), _valid(y, window)
    vx, vy, vxy = _valid(x * x, window) - mx * mx, _valid(y * y, window) - my * my, _valid(x * y, window) - mx * my
    return mx, my, np.where(vx < 0, 0, vx), np.where(vy < 0, 0, vy), vxy


def _vif_maps(source, f, noise):
    """Of each scale: gain, information kept, information there. Pixel by pixel after the windows."""
    maps = []
    for scale, side in enumerate((17, 9, 5, 3)):
        window = _window(side, side / 5)
        if scale:
            source, f = _valid(source, window)[::2, ::2], _valid(f, window)[::2, ::2]
        _, _, vs, vf, cov = _moments(source, f, window)
        gain, kept, there = np.zeros(vs.shape), np.zeros(vs.shape), np.zeros(vs.shape)
        for p in np.ndindex(vs.shape):
            g, rest, power = cov[p] / (vs[p] + 1e-10), vf[p] - cov[p] ** 2 / (vs[p] + 1e-10), vs[p]
            if power < 1e-10:
                g, rest, power = 0.0, vf[p], 0.0
            if vf[p] < 1e-10:
                g, rest = 0.0, 0.0
            if g < 0:
                g, rest = 0.0, vf[p]
            gain[p] = g
            kept[p] = math.log10(1 + g**2 * power / (max(rest, 1e-10) + noise))
            there[p] = math.log10(1 + power / noise)
        maps.append((gain, kept, there))
    return maps


def vif(f, a, b):
    values = []
    for source in (a, b):
        maps = _vif_maps(source, f, 2)
        values.append(sum(kept.sum() for _, kept, _ in maps) / sum(there.sum() for _, _, there in maps))
    return sum(values) / 2


def viff(f, a, b):
    noise = 0.005 * 255**2
    total = 0.0
    for weight, of_a, of_b in zip((1, 0, 0.15, 1), _vif_maps(a, f, noise), _vif_maps(b, f, noise), strict=True):
        kept = there = 0.0
        for p in np.ndindex(of_a[0].shape):
            _, k, t = ([m[p] for m in of_a]) if of_a[0][p] < of_b[0][p] else ([m[p] for m in of_b])
            kept, there = kept + k + 1e-7, there + t + 1e-7
        total += weight / 2.15 * kept / there
    return total


def _sobel(image, border):
    """Strength and orientation of the Sobel gradient, pixel by pixel."""
    padded = np.pad(image, 1, mode=border)
    strength, angle = np.zeros(image.shape), np.zeros(image.shape)
    for i, j in np.ndindex(image.shape):
        n = padded[i : i + 3, j : j + 3]
        gx = n[0, 2] + 2 * n[1, 2] + n[2, 2] - n[0, 0] - 2 * n[1, 0] - n[2, 0]
        gy = n[2, 0] + 2 * n[2, 1] + n[2, 2] - n[0, 0] - 2 * n[0, 1] - n[0, 2]
        strength[i, j] = math.hypot(gx, gy)
        angle[i, j] = math.atan(gy / gx) if gx else math.pi / 2
    return strength, angle


def _between(first, second):
    """How strength and orientation of two edges compare, both in [0, 1]."""
    ratio = min(first[0], second[0]) / max(first[0], second[0]) if max(first[0], second[0]) else 1.0
    turn = abs(first[1] - second[1])
    return ratio, 1 - min(turn, math.pi - turn) / (math.pi / 2)


def qabf(f, a, b):
    edges = [_sobel(image, "edge") for image in (f, a, b)]
    kept = total = 0.0
    for p in np.ndindex(f.shape):
        ef, ea, eb = ((strength[p], angle[p]) for strength, angle in edges)
        for source in (ea, eb):
            ratio, parallel = _between(source, ef)
            q = 0.9994 / (1 + math.exp(-15 * (ratio - 0.5))) * 0.9879 / (1 + math.exp(-22 * (parallel - 0.8)))
            kept, total = kept + q * source[0], total + source[0]
    return kept / total


def qabf_of_the_evaluators(f, a, b):
    """What both print: black around the image, the raw strength where strengths are equal, no folding of angles."""
    edges = []
    for image in (f, a, b):
        across = convolve2d(image, [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], mode="same")
        down = convolve2d(image, [[1, 2, 1], [0, 0, 0], [-1, -2, -1]], mode="same")
        edges.append((across, down))
    kept = total = 0.0
    for p in np.ndindex(f.shape):
        (gf, af), *others = (
            (math.hypot(x[p], y[p]), math.atan(y[p] / x[p]) if x[p] else math.pi / 2) for x, y in edges
        )
        for g, angle in others:
            ratio = g if g == gf else min(g, gf) / max(g, gf)
            parallel = 1 - abs(angle - af) / (math.pi / 2)
            q = 0.9994 / (1 + math.exp(-15 * (ratio - 0.5))) * 0.9879 / (1 + math.exp(-22 * (parallel - 0.8)))
            kept, total = kept + q * g, total + g
    return kept / total


def nabf(f, a, b):
    edges = [_sobel(image / 8, "reflect") for image in (f, a, b)]
    invented = total = 0.0
    for p in np.ndindex(f.shape):
        ef, ea, eb = ((strength[p], angle[p]) for strength, angle in edges)
        for source in (ea, eb):
            ratio, parallel = _between(source, ef)
            strength_kept = 0.9999 / (1 + math.exp(-19 * (ratio - 0.5)))
            angle_kept = 0.9995 / (1 + math.exp(-22 * (parallel - 0.5)))
            weight = source[0] ** 1.5 if source[0] >= 2 else 0.001
            total += weight
            if ef[0] > ea[0] and ef[0] > eb[0]:
                invented += (1 - math.sqrt(strength_kept * angle_kept)) * weight
    return invented / total


def _ssim_factors(x, y):
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mx, my, vx, vy, vxy = _moments(x, y, _window(11, 1.5))
    return (2 * mx * my + c1) / (mx**2 + my**2 + c1), (2 * vxy + c2) / (vx + vy + c2)


def ssim(f, a, b):
    values = []
    for source in (a, b):
        luminance, contrast = _ssim_factors(f, source)
        values.append((luminance * contrast).mean())
    return sum(values) / 2


def ms_ssim(f, a, b):
    values = []
    for source in (a, b):
        x, y, value = f, source, 1.0
        for scale, weight in enumerate((0.0448, 0.2856, 0.3001, 0.2363, 0.1333)):
            luminance, contrast = _ssim_factors(x, y)
            value *= (contrast.mean() if scale < 4 else (luminance * contrast).mean()) ** weight
            x, y = (
                _valid(np.pad(image, ((0, 1), (0, 1)), mode="edge"), np.ones((2, 2)) / 4)[::2, ::2] for image in (x, y)
            )
        values.append(value)
    return sum(values) / 2


METRICS = {
    function.__name__: function
    for function in (
        *(en, sd, sf, ag, mi, nmi, semantic_loss, mse, psnr, cc, scd, vif, viff, qabf, nabf, ssim, ms_ssim),
        *(plain_windows.mef_ssim, plain_truth.background_lift),
        *(plain_truth.hallucinated_edges, plain_truth.missed_edges),
        *(plain_read.activity_read, plain_read.anatomy_read),
    )
} | plain_windows.FMI
