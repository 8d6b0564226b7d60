r"""Shearlet fusion decided by a pulse-coupled neural network (PCNN) that sets its own parameters.

Each coefficient feeds one neuron, strength ``F = |c|``. A neuron fires when its activity U exceeds its threshold E;
firing raises the threshold, and lends activity to its eight neighbors:

.. math::

   U \leftarrow e^{-\alpha_f} U + F (1 + \beta\, w * Y), \quad Y = [U > E], \quad
   E \leftarrow e^{-\alpha_e} E + V Y,

``w = [.5 1 .5; 1 0 1; .5 1 .5]``, at first ``U = Y = 0, E = 1``. The coefficient whose neuron fires more often is kept.
With ``sigma`` the standard deviation of F over the band, ``S`` its Otsu threshold and ``m = max F``:
``alpha_f = -log10 sigma``, ``beta = (m / S - 1) / 6``, ``V = e^-alpha_f + m / S`` and
``alpha_e = ln(V / (S M))``, ``M = 1 + e^-alpha_f + e^(-2 alpha_f) + (m / S - 1) e^-alpha_f``.

Reference: M. Yin, X. Liu, Y. Liu and X. Chen, "Medical image fusion with parameter-adaptive pulse coupled neural
network in nonsubsampled shearlet transform domain", IEEE Transactions on Instrumentation and Measurement 68(1), 49-64,
2019. ``profile="toolbox"`` is their published code, whose result on their own pair it reproduces in every pixel. Ours
in ``"course"``: the transform (`transforms.nsst`), borders, and the mean where firings tie.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.registry import unknown
from medfuse_course.core.types import FloatArray, Image
from medfuse_course.methods.classical.nsst import MARGIN
from medfuse_course.methods.replicas import pulse_coupled as replica
from medfuse_course.methods.rules import RULES, pick
from medfuse_course.transforms import nsst
from medfuse_course.transforms.checks import check_plane
from medfuse_course.transforms.padding import pad_mirrored

ITERATIONS = 110
"""As published."""

_CACHED = 2**16
"""Neurons whose state a processor's own cache holds."""


class Adapted(NamedTuple):
    """What a band makes of its network: ``e^-alpha_f``, ``beta``, ``V`` and ``e^-alpha_e``."""

    feeding: float
    linking: float
    amplitude: float
    fading: float


_SILENT = Adapted(0, 0, 0, 1)


def pulse_coupled(
    a: Image,
    b: Image,
    *,
    levels: int = 4,
    directions: Sequence[int] = nsst.DIRECTIONS,
    iterations: int = ITERATIONS,
    base_rule: str = "energy_laplacian",
    margin: int = MARGIN,
    profile: Literal["course", "toolbox"] = "course",
) -> FloatArray:
    """Split both images into shearlet bands, let networks choose the details, and put the result together.

    Parameters
    ----------
    a, b
        Gray images on one grid.
    levels, directions, margin
        Those of `nsst`.
    iterations
        How often the neurons may fire; the time the method takes grows with it.
    base_rule
        How the two bases become one: a name in `medfuse_course.methods.rules.RULES`.
    profile
        ``"toolbox"`` is the authors' code: their transform without a margin, their base rule whatever `base_rule` says,
        ties to a, double precision.

    Returns
    -------
    ``(H, W)`` floats on the grid of the sources; values may leave [0, 1] a little, `fuse` clips them.
    """
    check_plane(a, levels)
    if isinstance(iterations, bool) or not isinstance(iterations, (int, np.integer)) or iterations < 1:
        raise ValueError(f"iterations: expected a positive integer, got {iterations!r}")
    if profile == "toolbox":
        return replica.pulse_coupled(a, b, levels, directions, lambda x, y: more_firings(x, y, iterations))
    if profile != "course":
        raise ValueError(unknown("profile", profile, ("course", "toolbox")))
    of_a, of_b = (nsst.analyse(pad_mirrored(x, margin), levels, directions) for x in (a, b))
    inside = np.s_[margin : margin + a.shape[0], margin : margin + a.shape[1]]
    beyond = [(margin, n - margin - m) for n, m in zip(of_a.base.shape, a.shape, strict=True)]
    for x, y in zip(of_a.details, of_b.details, strict=True):
        lead = more_firings(x[:, *inside], y[:, *inside], iterations)
        x[...] = pick(np.pad(lead, [(0, 0), *beyond], "edge"), x, y)  # in the margin as at the border: it saves time
    return nsst.synthesise(replace(of_a, base=RULES[base_rule](of_a.base, of_b.base)))[inside]


def more_firings(a: FloatArray, b: FloatArray, iterations: int = ITERATIONS) -> FloatArray:
    """How often the neurons of a fired more than those of b, for bands ``(..., H, W)``.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.methods import more_firings
    >>> a = np.full((8, 8), 0.1, np.float32)
    >>> a[:, :4] = 0.8
    >>> b = a[:, ::-1]  # strong where a is weak
    >>> lead = more_firings(a, b)
    >>> bool(lead[4, 1] > 0 > lead[4, 6])
    True
    """
    of_a, of_b = (count_firings(np.abs(x), iterations).astype(np.float32) for x in (a, b))
    return of_a - of_b


def adapt(strength: FloatArray) -> Adapted | None:
    """The parameters that a band ``F = |c|`` sets, or None where it has nothing to show.

    That is where its spread or its Otsu threshold is 0: constant bands, and bands so faint that the 8-bit histogram
    puts the threshold at 0. The published code divides by 0 there, and its neurons never fire.
    """
    spread, threshold, largest = float(strength.std(ddof=1)), otsu(strength), float(strength.max())
    if spread == 0 or threshold == 0:
        return None
    ratio, feeding = largest / threshold, float(np.exp(np.log10(spread)))
    mass = 1 + feeding + feeding**2 + (ratio - 1) * feeding
    amplitude = feeding + ratio
    return Adapted(feeding, (ratio - 1) / 6, amplitude, threshold * mass / amplitude)


def otsu(strength: FloatArray) -> float:
    """Otsu's threshold of values in [0, 1] on a histogram of 256 bins, as MATLAB's ``graythresh`` has it.

    The bin that makes the variance between the two classes largest; the mean bin if several do; 0 if all is one bin.
    Reference: N. Otsu, "A threshold selection method from gray-level histograms", IEEE Transactions on Systems, Man,
    and Cybernetics 9(1), 62-66, 1979.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.methods import otsu
    >>> dark, bright = np.full(50, 0.2), np.full(50, 0.8)
    >>> 0.2 < otsu(np.concatenate([dark, bright])) < 0.8
    True
    >>> otsu(dark)  # all is one bin
    0.0
    """
    bins = np.floor(np.clip(strength, 0, 1) * 255 + 0.5).astype(np.intp)
    share = np.bincount(bins.ravel(), minlength=256) / bins.size
    below, moment = np.cumsum(share), np.cumsum(share * np.arange(1, 257))
    spread, between = below * (1 - below), np.zeros(256)
    np.divide((moment[-1] * below - moment) ** 2, spread, out=between, where=spread > 0)
    return float(np.flatnonzero(between == between.max()).mean()) / 255 if between.any() else 0.0


def count_firings(strength: FloatArray, iterations: int = ITERATIONS) -> NDArray[Any]:
    """How often each neuron fires, for bands ``F = |c|``, ``(..., H, W)``; never, where a band has nothing to show.

    Every band has a network of its own. Many small ones are run at once, as many as the cache of a processor holds.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.methods import count_firings
    >>> band = np.full((8, 8), 0.1, np.float32)
    >>> band[2:6, 2:6] = 0.8
    >>> counts = count_firings(band)
    >>> bool(counts[4, 4] > counts[0, 0])  # the stronger a coefficient, the more often its neuron fires
    True
    >>> int(count_firings(0 * band).max())  # a band that has nothing to show
    0
    """
    bands = strength.reshape(-1, *strength.shape[-2:])
    at_once = max(1, _CACHED // bands[0].size)
    counts = [_run(bands[i : i + at_once], iterations) for i in range(0, len(bands), at_once)]
    return np.concatenate(counts).reshape(strength.shape)


def _run(bands: FloatArray, iterations: int) -> NDArray[Any]:
    """The networks of some bands. Rows and bands lie end to end with an empty neuron or row between.

    So all sums over neighbors are of shifted vectors, and one vector has a row for the parameters of each band.
    """
    count, height, width = bands.shape
    counts = np.zeros((count, (height + 1) * (width + 1)), np.uint8 if iterations < 256 else np.uint32)
    adapted = [adapt(band) for band in bands]
    if any(adapted):
        speaking = bands * np.array([[[band is not None]] for band in adapted])
        feed = np.pad(speaking, [(0, 0), (0, 1), (0, 1)]).reshape(counts.shape)
        parameters = np.array([band or _SILENT for band in adapted], bands.dtype).T[..., None]
        _fire(feed, Adapted(*parameters), _Neighborhood(counts.shape, width + 1), counts, iterations)
    return counts.reshape(count, height + 1, width + 1)[:, :height, :width]


def _fire(
    feed: FloatArray, parameters: Adapted, neighborhood: "_Neighborhood", counts: NDArray[Any], iterations: int
) -> None:
    """Let the neurons fire, and count; every step in place, one pass over memory each."""
    feeding, linking, amplitude, fading = parameters
    link = feed * (linking / 2)
    activity, threshold, scratch = np.zeros_like(feed), np.ones_like(feed), np.empty_like(feed)
    for _ in range(iterations):
        np.copyto(scratch, neighborhood.twice_linked())
        scratch *= link
        scratch += feed
        activity *= feeding
        activity += scratch
        np.greater(activity, threshold, out=neighborhood.fired)
        np.copyto(scratch, neighborhood.pulses)  # to floats first: a product of bytes and floats takes longer
        scratch *= amplitude
        threshold *= fading
        threshold += scratch
        counts += neighborhood.pulses


class _Neighborhood:
    """Which neurons fired, and twice what each hears of its neighbors: ``[1 2 1; 2 0 2; 1 2 1] * Y``.

    That kernel is ``[1 2 1]`` along the rows and down the columns, less 4 in the middle, and ``[1 2 1]`` is ``[1 1]``
    twice: four sums of two shifted vectors. The sums are whole numbers up to 16, so bytes hold them, and a processor
    adds four times as many bytes at once as floats.

    Parameters
    ----------
    shape
        Networks, and neurons of each; row after row, an empty neuron behind every row.
    stride
        Neurons from one row to the next.
    """

    def __init__(self, shape: tuple[int, int], stride: int) -> None:
        cells, frame = shape[0] * shape[1], stride + 1
        self._stride, self._cells = stride, cells
        self._field = np.zeros(cells + 2 * frame, np.uint8)  # an empty frame before and behind all neurons
        self._flat = self._field[frame : frame + cells]
        self.pulses = self._flat.reshape(shape)
        self.fired = self.pulses.view(np.bool_)
        self._sums = [np.empty(self._field.size - lost, np.uint8) for lost in (1, 2, stride + 2, 2 * stride + 2)]

    def twice_linked(self) -> NDArray[np.uint8]:
        """The sums, in the shape of the networks."""
        field, down = self._field, self._stride
        pairs, triples, sixes, total = self._sums
        np.add(field[1:], field[:-1], out=pairs)  # [1 1] along the rows
        np.add(pairs[1:], pairs[:-1], out=triples)  # [1 2 1]
        np.add(triples[down:], triples[:-down], out=sixes)  # and [1 1] down the columns
        np.add(sixes[down:], sixes[:-down], out=total)  # [1 2 1]
        middle = np.multiply(self._flat, 4, out=pairs[: self._cells])  # the pairs are not needed any more
        total -= middle
        return total.reshape(self.pulses.shape)
