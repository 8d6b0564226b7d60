"""Pairs of images that are each sharp where the other one is not: multi-focus pairs with a known mask.

What happens at the edge of the mask is a model of the camera, and there are three: see `FocusMasks.edge`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from medfuse_course.core.random import generator
from medfuse_course.core.registry import check_name
from medfuse_course.core.types import BoolArray, FloatArray
from medfuse_course.training.data.augmentation import Patch
from medfuse_course.training.data.focus_patches import BLUR, INNER, defocus, draw_sigma, grown
from medfuse_course.training.data.patches import PHANTOMS, FusionPatches
from medfuse_course.training.recipe import Budget

Lens = Literal["gaussian", "disk"]
Edge = Literal["hard", "apart", "spread"]
Blur = Callable[[Patch], Patch]


@dataclass(frozen=True)
class FocusMasks:
    """Images ``a``, ``b``, ``mask`` and ``sharp``, all ``(N, 1, patch, patch)`` float32 in [0, 1].

    ``mask`` is 1 where a is in focus and 0 where b is; ``sharp`` is the image both come from. The part where the mask
    is 1 is the object in front.

    Attributes
    ----------
    pairs
        Names of phantoms; each source counts as an image of its own.
    blur
        Weakest and strongest lens, drawn evenly in the logarithm: the standard deviation of a Gaussian or the radius of
        a disk, in pixels.
    lens
        How a point is spread: ``"gaussian"``, or ``"disk"``, as the round aperture of a camera does it.
    edge
        ``"hard"``: both images switch between sharp and blurred at the mask. ``"apart"``: so, but the two sides are
        blurred each by itself, and nothing crosses the edge. ``"spread"``: the blurred object leaks over its edge, as
        it does in a camera, so that near it neither image is sharp: see `spread_focus`.
    """

    pairs: tuple[str, ...] = PHANTOMS
    blur: tuple[float, float] = BLUR
    lens: Lens = "gaussian"
    edge: Edge = "hard"

    def __post_init__(self) -> None:
        check_name("lens", self.lens, get_args(Lens))
        check_name("edge", self.edge, get_args(Edge))

    def batch(self, seed: int, number: int, budget: Budget, rows: slice) -> Mapping[str, Tensor]:
        """Rows of one training batch."""
        images = FusionPatches(self.pairs).batch(seed, number, grown(budget), rows)["a"]
        return self._stack(images, [generator(seed, "masks", "train", number, k) for k in range(budget.batch)[rows]])

    def validation(self, budget: Budget) -> Mapping[str, Tensor]:
        """Sixteen pairs from phantoms that training never sees."""
        images = FusionPatches(self.pairs).validation(grown(budget))["a"]
        return self._stack(images, [generator(0, "masks", "val", k) for k in range(len(images))])

    def _stack(self, images: Tensor, streams: Sequence[np.random.Generator]) -> Mapping[str, Tensor]:
        rows = [self._draw(image, rng) for image, rng in zip(images.numpy()[:, 0], streams, strict=True)]
        names = ("a", "b", "mask", "sharp")
        return {name: torch.from_numpy(np.stack([row[k] for row in rows]))[:, None] for k, name in enumerate(names)}

    def _draw(self, image: Patch, rng: np.random.Generator) -> tuple[Patch, Patch, Patch, Patch]:
        strength = draw_sigma(rng, self.blur)

        def blur(x: Patch) -> Patch:
            return defocus(x, strength) if self.lens == "gaussian" else defocus_by_disk(x, strength)

        if self.edge == "hard":
            mask = random_mask(rng, image[INNER].shape)
            a, b = split_focus(image[INNER], blur(image)[INNER], mask)
            return a, b, mask.astype(np.float32), image[INNER]
        mask = random_mask(rng, image.shape)
        split = split_apart if self.edge == "apart" else spread_focus
        a, b = split(image, mask, blur)
        return a[INNER], b[INNER], mask[INNER].astype(np.float32), image[INNER]


def defocus_by_disk(image: Patch, radius: float) -> Patch:
    """Mean over a disk of `radius` pixels around each pixel, the edge of the disk in fractions; the border repeats."""
    blurred: Patch = ndimage.convolve(image, disk(radius), mode="nearest")
    return blurred


def disk(radius: float) -> FloatArray:
    """Weights of a disk that sum to 1; a pixel on its edge counts by how far the edge has passed its middle."""
    reach = int(np.ceil(radius))
    away = np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1])
    weights = np.clip(radius + 0.5 - away, 0, 1).astype(np.float32)
    return weights / weights.sum()


def random_mask(rng: np.random.Generator, shape: tuple[int, int]) -> BoolArray:
    """A few smooth blobs over three to seven tenths of the image: smooth noise above one of its quantiles.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.training import random_mask
    >>> mask = random_mask(np.random.default_rng(0), (64, 64))
    >>> bool(0.3 <= mask.mean() <= 0.7)
    True
    """
    reach = float(rng.uniform(0.08, 0.25)) * min(shape)
    field = ndimage.gaussian_filter(rng.standard_normal(shape, dtype=np.float32), reach, mode="reflect")
    mask: BoolArray = field > np.quantile(field, rng.uniform(0.3, 0.7))
    return mask


def split_focus(sharp: Patch, blurred: Patch, mask: BoolArray) -> tuple[Patch, Patch]:
    """Two images of one scene: a is sharp where the mask is true, b where it is false.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.training import split_focus
    >>> sharp, blurred = np.array([[0.0, 1.0]]), np.array([[0.4, 0.6]])
    >>> a, b = split_focus(sharp, blurred, np.array([[True, False]]))
    >>> a.tolist(), b.tolist()
    ([[0.0, 0.6]], [[0.4, 1.0]])
    """
    return np.where(mask, sharp, blurred), np.where(mask, blurred, sharp)


def split_apart(sharp: Patch, mask: BoolArray, blur: Blur) -> tuple[Patch, Patch]:
    """As `split_focus`, both sides blurred each by itself: ``blur(S m) / blur(m)`` where the mask m is 1.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.training import defocus, split_apart, split_focus
    >>> sharp = np.zeros((16, 16), np.float32)
    >>> sharp[:, 8:] = 1
    >>> mask = sharp > 0
    >>> b = split_apart(sharp, mask, lambda x: defocus(x, 2.0))[1]
    >>> bool(np.allclose(b, sharp))  # two flat sides, each by itself: nothing crosses the edge
    True
    >>> bool(np.allclose(split_focus(sharp, defocus(sharp, 2.0), mask)[1], sharp))
    False
    """

    def within(side: BoolArray) -> Patch:
        inside = side.astype(np.float32)
        return np.clip(blur(sharp * inside) / np.maximum(blur(inside), 1e-6), 0, 1)

    return np.where(mask, sharp, within(~mask)), np.where(mask, within(mask), sharp)


def spread_focus(sharp: Patch, mask: BoolArray, blur: Blur) -> tuple[Patch, Patch]:
    """Two images of one scene with the spread of defocus, by an alpha matte: ``S`` sharp, ``m`` the object in front.

    ``A = m S + (1 - m) blur(S)``: the camera looks at the object. ``B = blur(m) blur(S) + (1 - blur(m)) S``: it looks
    past it, and the blurred object covers some of what is behind its edge.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.training import defocus, spread_focus
    >>> sharp = np.zeros((16, 16), np.float32)
    >>> sharp[:, 8:] = 1  # a bright object in front
    >>> a, b = spread_focus(sharp, sharp > 0, lambda x: defocus(x, 2.0))
    >>> bool(a[8, 8] == 1), bool(b[8, 7] > 0)  # in focus; out of focus it leaks over its edge
    (True, True)
    """
    blurred, inside = blur(sharp), mask.astype(np.float32)
    veil = blur(inside)
    return np.where(mask, sharp, blurred), veil * blurred + (1 - veil) * sharp
