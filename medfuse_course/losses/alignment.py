"""Terms that pull the features of two modalities together: pair by pair, or as two clouds.

References: A. van den Oord, Y. Li and O. Vinyals, "Representation learning with contrastive predictive coding",
arXiv:1807.03748, 2018 (InfoNCE); B. Sun and K. Saenko, "Deep CORAL: Correlation alignment for deep domain adaptation",
ECCV 2016 workshops.
"""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize


def info_nce(a: Tensor, b: Tensor, *, temperature: float = 0.1) -> Tensor:
    r"""How hard it is to find the partner of each feature among all of the other modality, both ways.

    .. math:: -\frac1{2n} \sum_i \log \frac{e^{s_{ii}}}{\sum_j e^{s_{ij}}} + \log \frac{e^{s_{ii}}}{\sum_j e^{s_{ji}}}

    where :math:`s_{ij}` is the cosine of :math:`a_i` and :math:`b_j`, divided by the temperature.

    Parameters
    ----------
    a, b
        ``(n, d)``; row i of both belongs to one place.
    temperature
        The smaller, the more the nearest wrong partner counts.

    Returns
    -------
    A scalar: log n where all features are alike, toward 0 where each partner is by far the nearest.

    Examples
    --------
    >>> import math
    >>> import torch
    >>> from medfuse_course.losses import info_nce
    >>> alike = torch.ones(4, 3)
    >>> round(info_nce(alike, alike).item() / math.log(4), 3)  # nobody can tell four partners apart
    1.0
    >>> round(info_nce(torch.eye(4), torch.eye(4), temperature=1).item(), 3)  # log(1 + 3 exp(-1))
    0.744
    """
    if a.shape != b.shape or a.ndim != 2:
        raise ValueError(f"a, b: expected two arrays (n, d) of one shape, got {tuple(a.shape)} and {tuple(b.shape)}")
    likeness = normalize(a, dim=1) @ normalize(b, dim=1).T / temperature
    partner = torch.arange(len(a), device=a.device)
    return (cross_entropy(likeness, partner) + cross_entropy(likeness.T, partner)) / 2


def coral(a: Tensor, b: Tensor) -> Tensor:
    r"""How far the means and the covariances of two clouds of features are apart; who belongs to whom is not asked.

    .. math:: \frac1d \lVert \mu_a - \mu_b \rVert^2 + \frac1{4 d^2} \lVert C_a - C_b \rVert_F^2

    The second term is Deep CORAL's; it has no means, since its features share a classifier.

    Parameters
    ----------
    a, b
        ``(n, d)`` and ``(m, d)``, at least two rows each.

    Returns
    -------
    A scalar of 0 or more.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import coral
    >>> a = torch.tensor([[0.0, 0.0], [1.0, 2.0], [3.0, 1.0]])
    >>> round(coral(a, a.flip(0)).item(), 3)  # another order of the same cloud
    0.0
    >>> round(coral(a, a + torch.tensor([2.0, 0.0])).item(), 3)  # moved by 2 along one of two axes: 2^2 / 2
    2.0
    """
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or min(len(a), len(b)) < 2:
        raise ValueError(
            f"a, b: expected (n, d) and (m, d) with two rows at least, got {tuple(a.shape)} and {tuple(b.shape)}"
        )
    apart = ((a.mean(dim=0) - b.mean(dim=0)) ** 2).mean()
    return apart + ((a.T.cov() - b.T.cov()) ** 2).mean() / 4
