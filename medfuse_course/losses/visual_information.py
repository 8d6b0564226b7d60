"""Visual information fidelity in the pixel domain, as a differentiable term.

Reference: H. R. Sheikh and A. C. Bovik, "Image information and visual quality", IEEE Transactions on Image Processing
15(2), 430-444, 2006; the pixel domain as in its authors' ``vifp``.
"""

import torch
from torch import Tensor

from medfuse_course.losses.windows import local_mean

WINDOWS = (17, 9, 5, 3)
EYE_NOISE = 2.0
MIN_SIDE = 41
"""Four windows and three halvings need this many pixels."""

FLAT = 1e-2
"""Variance, in squared gray levels of 255, below which a source counts as flat; single precision resolves no less."""

EMPTY = 1.0
"""Added to the information of a source, so that a flat source gives 0 and not 0 / 0."""


def vif(f: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """``(VIF(F, A) + VIF(F, B)) / 2``: the metric ``vif``, to within 0.002 for images with structure.

    Under a Gaussian window F is taken for ``g S + noise``, with ``g = cov(F, S) / var S``, so that the variance
    ``v = var F - g cov(F, S)`` is left for the noise. The information of S that survives,
    ``log10(1 + g^2 var S / (v + 2))``, is summed over all windows of four scales and divided by all there is,
    ``log10(1 + var S / 2)``; gray levels are those of 255.
    Where the covariance is negative nothing survives, and the gradient is 0.

    Parameters
    ----------
    f, a, b
        ``(N, C, H, W)`` in [0, 1], H and W at least 41. As a loss: ``1 - vif(f, a, b)``. More contrast than the source
        has gives more than 1.

    Returns
    -------
    The mean over the batch, a scalar, 0 or more.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import vif
    >>> a = torch.rand(1, 1, 48, 48, generator=torch.Generator().manual_seed(0)) / 2
    >>> faint, same, strong = (vif(f, a, a).item() for f in (a / 2, a, 2 * a))
    >>> faint < same < strong
    True
    >>> round(same, 2)  # and more contrast than the source has gives more than 1
    1.0
    """
    if min(f.shape[-2:]) < MIN_SIDE:
        raise ValueError(f"f: expected at least {MIN_SIDE} x {MIN_SIDE} pixels for four scales, got {tuple(f.shape)}")
    with torch.autocast(f.device.type, enabled=False):  # half precision is too coarse for variances
        images = torch.stack([x.float() if x.dtype.itemsize < 4 else x for x in (f, a, b)])
        return _ratios((images - 0.5) * 255).mean()


def _ratios(images: Tensor) -> Tensor:
    """``(2, N)``: surviving over all information, of a and b."""
    kept = there = images.new_zeros(2, images.shape[1])
    for scale, side in enumerate(WINDOWS):
        if scale:
            images = local_mean(images, side, side / 5)[..., ::2, ::2]
        of_kept, of_there = _information(images, side)
        kept, there = kept + of_kept, there + of_there
    return kept / (there + EMPTY)


def _information(images: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """Of one scale, both ``(2, N)``."""
    products = torch.cat([images, images**2, images[1:] * images[:1]])
    means = local_mean(products, side, side / 5)
    variances = (means[3:6] - means[:3] ** 2).clamp_min(0)
    covariances = (means[6:] - means[1:3] * means[:1]).clamp_min(0)
    fused, source = variances[:1], variances[1:]
    shows = source > FLAT
    gain = torch.where(shows, covariances / source.clamp_min(FLAT), 0)
    noise = (fused - gain * covariances).clamp_min(0)
    kept = torch.log10(1 + gain**2 * source / (noise + EYE_NOISE))
    there = torch.where(shows, torch.log10(1 + source / EYE_NOISE), 0)
    return kept.sum(dim=(2, 3, 4)), there.sum(dim=(2, 3, 4))
