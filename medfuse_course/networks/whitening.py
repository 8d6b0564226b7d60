"""Whitening of feature maps: zero-phase component analysis (ZCA), one channel at a time, over its rows.

Reference: H. Li, X. J. Wu and T. S. Durrani, "Infrared and visible image fusion with ResNet and zero-phase component
analysis", Infrared Physics & Technology 102, 103039, 2019, and the MATLAB code of its authors.
"""

import torch
from torch import Tensor

EPS = 1e-5
"""Added to each eigenvalue, as in the paper: what varies by less is not blown up."""


def zca(features: Tensor, eps: float = EPS) -> Tensor:
    """Whiten each channel over its rows: ``U (S + eps)^(-1/2) U^T (X - mean)``.

    ``X`` is one channel, a matrix of h rows; ``C = (X - mean) (X - mean)^T = U S U^T``, h x h, is not divided by the
    number of columns. Afterwards the channel's own C is the projector onto the eigenvectors with ``S >> eps``: each
    direction that varies at all varies by 1, and how strong the channel was is forgotten.

    With the singular values s of ``X - mean = U s V^T`` the result is ``U s / sqrt(s^2 + eps) V^T``. So rows or columns
    make no difference: whichever are fewer are whitened here. Where no s vanishes this is the orthogonal matrix nearest
    to the channel, which is why ZCA changes the picture less than other whitenings.

    Parameters
    ----------
    features
        ``(..., h, w)`` floats of any scale, finite. All channels are whitened at once: one batch of eigenvalue problems
        of size min(h, w), in float64: for each channel a few matrices of that size and a few copies of the features.
    eps
        Positive, in squared units of the features times columns.

    Returns
    -------
    Of the shape, precision and device of `features`; each channel has mean about 0 where its rows had. A channel whose
    mean is exactly 0 is returned as it is, as in the authors' code: after a rectifier it is empty.

    Raises
    ------
    ValueError
        `eps` is not positive, or there are no rows and columns.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.networks import zca
    >>> x = torch.rand(1, 4, 16, generator=torch.Generator().manual_seed(0))
    >>> white = zca(100 * x)[0]  # how strong the channel was is forgotten
    >>> torch.allclose(white @ white.T, torch.eye(4), atol=0.01)  # rows of length 1 that have nothing in common
    True
    """
    if not eps > 0:
        raise ValueError(f"eps: expected a positive number, got {eps!r}; zero would divide by vanishing eigenvalues")
    if features.ndim < 2 or not features.numel():
        raise ValueError(f"features: expected (..., h, w) with at least one value, got shape {tuple(features.shape)}")
    if features.shape[-2] > features.shape[-1]:
        return zca(features.mT, eps).mT
    exact = features.double()
    mean = exact.mean(dim=(-2, -1), keepdim=True)
    centered = exact - mean
    values, vectors = torch.linalg.eigh(centered @ centered.mT)
    gains = (values.clamp_min(0) + eps).rsqrt()  # rounding leaves eigenvalues a little below 0
    whitened = vectors @ (gains[..., None] * (vectors.mT @ centered))
    return torch.where(mean == 0, exact, whitened).to(features.dtype)
