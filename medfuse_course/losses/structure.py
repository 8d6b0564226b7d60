"""Structural similarity as a differentiable term.

Reference: Z. Wang, A. C. Bovik, H. R. Sheikh and E. P. Simoncelli, IEEE Transactions on Image Processing 13(4),
600-612, 2004; the multi-scale form: Z. Wang, E. P. Simoncelli and A. C. Bovik, Asilomar 2003.
"""

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, pad

from medfuse_course.losses.windows import local_mean

SIDE, SIGMA = 11, 1.5
C1, C2 = 0.01**2, 0.03**2
SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def ssim(x: Tensor, y: Tensor) -> Tensor:
    """Mean SSIM of two batches in [0, 1], under Wang's 11 x 11 Gaussian window where it fits; 1 for equal images.

    Parameters
    ----------
    x, y
        ``(N, C, H, W)``, H and W at least 11. As a loss: ``1 - ssim(x, y)``.

    Returns
    -------
    The mean over batch and pixels, a scalar in [-1, 1].

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import ssim
    >>> x = torch.full((1, 1, 16, 16), 0.2)
    >>> [round(ssim(x, y).item(), 3) for y in (x, x + 0.2)]  # flat: (2 * 0.2 * 0.4 + C1) / (0.2^2 + 0.4^2 + C1)
    [1.0, 0.8]
    """
    return ssim_each(x, y).mean()


def ssim_each(x: Tensor, y: Tensor) -> Tensor:
    """`ssim` of each image of the batch, ``(N,)``.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import ssim_each
    >>> x = torch.full((2, 1, 16, 16), 0.2)
    >>> y = x * torch.tensor([1.0, 2.0]).view(2, 1, 1, 1)  # the first is equal, the second twice as bright
    >>> [round(one, 3) for one in ssim_each(x, y).tolist()]
    [1.0, 0.8]
    """
    luminance, contrast = _factors(x, y)
    return (luminance * contrast).mean(dim=(1, 2, 3))


def contrast_structure(x: Tensor, y: Tensor) -> Tensor:
    """Mean over all windows of ``(2 cov(X, Y) + C2) / (var X + var Y + C2)``: SSIM without its luminance factor.

    Windows as in `ssim`. For images of both signs this is the factor to take: where the means of a window have opposite
    signs and its structures too, SSIM is the product of two negative factors, and praises what it should refuse.

    Parameters
    ----------
    x, y
        ``(N, C, H, W)``, H and W at least 11.

    Returns
    -------
    The mean over batch and pixels, a scalar in [-1, 1].

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import contrast_structure
    >>> x = torch.rand(1, 1, 16, 16, generator=torch.Generator().manual_seed(0)) / 2
    >>> [round(contrast_structure(x, y).item(), 3) for y in (x, x + 0.5)]  # brightness does not count
    [1.0, 1.0]
    >>> contrast_structure(x, 0.5 - x).item() < -0.9
    True
    """
    return _factors(x, y)[1].mean()


def ssim_to_sources(f: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """``(SSIM(F, A) + SSIM(F, B)) / 2``.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import ssim_to_sources
    >>> a, b = torch.full((1, 1, 16, 16), 0.2), torch.full((1, 1, 16, 16), 0.4)
    >>> round(ssim_to_sources(a, a, b).item(), 3)  # the mean of 1 and 0.8
    0.9
    """
    return (ssim(f, a) + ssim(f, b)) / 2


def structure_to_stronger(f: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """Mean over all windows of ``(2 cov(F, X) + C2) / (var F + var X + C2)``: SSIM without its luminance factor.

    X is, window by window, the source of larger variance; where they tie, a. 1 where F has the structure of X, whatever
    its brightness. Windows as in `ssim`. From MMIF-INet (He and others, Information Fusion 114, 102666, 2025).

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import structure_to_stronger
    >>> a = torch.rand(1, 1, 16, 16, generator=torch.Generator().manual_seed(0)) / 2
    >>> b = torch.full((1, 1, 16, 16), 0.5)  # flat, so a is the stronger in all windows
    >>> round(structure_to_stronger(a + 0.3, a, b).item(), 3)  # its structure, brighter
    1.0
    >>> structure_to_stronger(b, a, b).item() < 0.1  # flat: nothing of it
    True
    """
    variances = [_blur(x * x) - _blur(x) ** 2 for x in (f, a, b)]
    mean_f = _blur(f)
    of_a, of_b = (
        (2 * (_blur(f * x) - mean_f * _blur(x)) + C2) / (variances[0] + variance + C2)
        for x, variance in ((a, variances[1]), (b, variances[2]))
    )
    return torch.where(variances[1] >= variances[2], of_a, of_b).mean()


def ms_ssim(x: Tensor, y: Tensor) -> Tensor:
    """Multi-scale SSIM over five scales, the mean over the batch.

    A negative contrast factor, which has no fractional power, counts as 0. H and W must be at least 161.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import ms_ssim
    >>> x = torch.rand(1, 1, 161, 161, generator=torch.Generator().manual_seed(0))
    >>> round(ms_ssim(x, x).item(), 3)
    1.0
    >>> ms_ssim(1 - x, x).item()  # all contrasts are negative, and count as 0
    0.0
    """
    smallest = (SIDE - 1) * 2 ** (len(SCALES) - 1) + 1
    if min(x.shape[-2:]) < smallest:
        raise ValueError(f"x: expected at least {smallest} x {smallest} pixels for {len(SCALES)} scales, got {x.shape}")
    product = x.new_ones(x.shape[0])
    for scale, power in enumerate(SCALES):
        if scale:
            x, y = _halve(x), _halve(y)
        luminance, contrast = _factors(x, y)
        factor = luminance * contrast if scale == len(SCALES) - 1 else contrast
        product = product * factor.mean(dim=(1, 2, 3)).clamp_min(0) ** power
    return product.mean()


def _halve(image: Tensor) -> Tensor:
    """Mean of 2 x 2 pixels; an odd last row or column is repeated."""
    rows, columns = image.shape[-2:]
    return avg_pool2d(pad(image, (0, columns % 2, 0, rows % 2), mode="replicate"), 2)


def _factors(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    if min(x.shape[-2:]) < SIDE:
        raise ValueError(f"x: expected at least {SIDE} x {SIDE} pixels, got {tuple(x.shape)}")
    mean_x, mean_y, square_x, square_y, product = _blur(torch.stack([x, y, x * x, y * y, x * y])).unbind()
    variance_x, variance_y = square_x - mean_x**2, square_y - mean_y**2
    covariance = product - mean_x * mean_y
    luminance = (2 * mean_x * mean_y + C1) / (mean_x**2 + mean_y**2 + C1)
    return luminance, (2 * covariance + C2) / (variance_x + variance_y + C2)


def _blur(images: Tensor) -> Tensor:
    """Mean under Wang's Gaussian window where it fits."""
    return local_mean(images, SIDE, SIGMA)
