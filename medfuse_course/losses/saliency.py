"""Terms that weight the two sources of a pair by how much information each holds.

Reference: H. Xu and J. Ma, "EMFusion", Information Fusion 76, 177-186, 2021; constants as in its authors' code, whose
entropy histogram is not cleared between the images of a batch. Here every image has its own.
"""

import torch
from torch import Tensor

from medfuse_course.losses.structure import ssim_each

BRIGHT = 0.85
TEMPERATURE = 0.5
BRIGHT_FACTOR = 3.0


def abundance_weights(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Weights of a and b, ``(N,)`` each, that sum to 1: ``softmax(s / 0.5)`` with ``s = EN + 3 mean(X [X > 0.85])``.

    EN is the Shannon entropy of the gray values in bits (256 bins): how abundant information is; the second term is how
    much of the image is salient because it is bright. No gradient passes.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import abundance_weights
    >>> a = torch.tensor([0.1, 0.3, 0.5, 0.7]).view(1, 1, 2, 2)  # four gray values: 2 bits
    >>> b = torch.full((1, 1, 2, 2), 0.5)  # one: 0 bits, and none of it bright
    >>> [round(w.item(), 3) for w in abundance_weights(a, b)]  # 1 / (1 + exp(-2 / 0.5)) and the rest
    [0.982, 0.018]
    """
    with torch.no_grad():
        scores = torch.stack([_score(a), _score(b)]) / TEMPERATURE
        weights = torch.softmax(scores, dim=0)
    return weights[0], weights[1]


def saliency_weighted(f: Tensor, a: Tensor, b: Tensor, mse_factor: float = 10.0) -> Tensor:
    """EMFusion's surface-level term, the mean over the batch of ``sum_X w_X (1 - SSIM(F, X) + 10 MSE(F, X))``.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import saliency_weighted
    >>> a = torch.rand(1, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    >>> b = torch.zeros_like(a)  # says nothing, so a has nearly all the weight
    >>> saliency_weighted(a, a, b).item() < 0.01 < saliency_weighted(b, a, b).item()
    True
    """
    total = f.new_zeros(f.shape[0])
    for weight, source in zip(abundance_weights(a, b), (a, b), strict=True):
        error = ((f - source) ** 2).mean(dim=(1, 2, 3))
        total = total + weight * (1 - ssim_each(f, source) + mse_factor * error)
    return total.mean()


def _score(image: Tensor) -> Tensor:
    bright = (image * (image > BRIGHT)).mean(dim=(1, 2, 3))
    return torch.stack([_entropy(one) for one in image]) + BRIGHT_FACTOR * bright


def _entropy(image: Tensor) -> Tensor:
    counts = torch.histc(image.float(), bins=256, min=0, max=1)
    share = counts[counts > 0] / counts.sum()
    return -(share * share.log2()).sum()
