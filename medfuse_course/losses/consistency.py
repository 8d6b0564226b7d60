"""Structural consistency: the fused image should have the edges of the anatomical one.

The review that this course follows names the idea and gives no formula. Both terms here are our reading: one compares
the derivatives window by window (SSIM), the other over the whole image (normalized correlation).
"""

import torch
from torch import Tensor

from medfuse_course.losses.gradient import sobel
from medfuse_course.losses.structure import contrast_structure, ssim

TINY = 1e-6
"""Added to the energy of the slopes of each image, so that two flat images give 0 and not 0 / 0."""


def gradient_ssim(f: Tensor, a: Tensor, *, luminance: bool = False) -> Tensor:
    """SSIM of the slopes: the mean of `contrast_structure` over the derivatives of `sobel`, across and down.

    1 where F has the slopes of A; a constant added to F changes nothing; an edge of the other direction counts less
    than none. The luminance factor of SSIM is left out. It would be negative for such an edge, as the structure is, and
    the product of both would praise it.

    Parameters
    ----------
    f, a
        Fused and anatomical image, ``(N, 1, H, W)`` in [0, 1], H and W at least 11. As a loss:
        ``1 - gradient_ssim(f, a)``.
    luminance
        Keep that factor: SSIM as it stands, of signed slopes.

    Returns
    -------
    The mean over the batch, a scalar in [-1, 1].

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import gradient_ssim
    >>> a = torch.rand(1, 1, 16, 16, generator=torch.Generator().manual_seed(0)) / 2
    >>> [round(gradient_ssim(f, a).item(), 3) for f in (a, a + 0.5)]  # a constant changes no slope
    [1.0, 1.0]
    >>> gradient_ssim(1 - a, a).item() < 0  # all edges the wrong way around
    True
    """
    alike = ssim if luminance else contrast_structure
    return torch.stack([alike(of_f, of_a) for of_f, of_a in zip(sobel(f), sobel(a), strict=True)]).mean()


def gradient_correlation(f: Tensor, a: Tensor) -> Tensor:
    r"""Normalized correlation of the slopes, :math:`\sum \nabla F \cdot \nabla A / \sqrt{\sum |\nabla F|^2 \sum
    |\nabla A|^2}` of each image.

    It is 1 for ``F = k A + c`` with positive k, -1 for a negative k, and 0 where no edge of F is one of A. How strong
    the edges of F are does not count.

    Parameters
    ----------
    f, a
        As `gradient_ssim` takes them, of any size.

    Returns
    -------
    The mean over the batch, a scalar in [-1, 1].

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import gradient_correlation
    >>> a = torch.rand(1, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    >>> [round(gradient_correlation(f, a).item(), 3) for f in (a, a / 4 + 0.1, 1 - a)]
    [1.0, 1.0, -1.0]
    """
    of_f, of_a = (torch.stack(sobel(image), dim=1).flatten(1) for image in (f, a))
    energy = ((of_f**2).sum(dim=1) + TINY) * ((of_a**2).sum(dim=1) + TINY)
    return ((of_f * of_a).sum(dim=1) / energy.sqrt()).mean()
