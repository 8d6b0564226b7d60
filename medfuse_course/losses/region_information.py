"""What neighborhoods of one image say of those of another, taken as Gaussian: a loss that sees structure.

Reference: S. Zhao, Y. Wang, Z. Yang and D. Cai, "Region mutual information loss for semantic segmentation",
NeurIPS 2019.
"""

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d, unfold

SIDE = 3
"""Of a neighborhood."""


def region_information(f: Tensor, x: Tensor, *, stride: int = 3, eps: float = 5e-4) -> Tensor:
    r"""How much the 3 x 3 neighborhoods of f say of those of x.

    As if the neighborhoods were Gaussian vectors Y (of x) and P (of f), what is left of Y when P is known has the
    scatter ``M = S_yy - S_yp (S_pp + eps)^-1 S_py``, sums over all places, and the information is ``H(Y) - H(Y | P)``::

        I = -log det(M + eps) / 18

    up to the entropy of Y, which no network can change. The sign is that of information: more is better.

    Parameters
    ----------
    f, x
        ``(N, C, H, W)``; H and W at least three times the stride.
    stride
        Both are made smaller by it, by the maximum of each cell, as in the reference.
    eps
        Keeps what does not vary from being inverted.

    Returns
    -------
    The mean over the batch of the sum over channels, a scalar without bounds.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import region_information
    >>> draw = torch.Generator().manual_seed(0)
    >>> x, other = (torch.rand(1, 1, 36, 36, generator=draw) for _ in range(2))
    >>> region_information(x, x).item() > region_information(other, x).item()
    True
    >>> round((region_information(1 - x, x, stride=1) / region_information(x, x, stride=1)).item(), 3)  # says as much
    1.0
    """
    of_x, of_f = _neighborhoods(x, stride), _neighborhoods(f, stride)
    faint = eps * torch.eye(SIDE * SIDE, dtype=of_x.dtype, device=of_x.device)
    s_yy, s_pp, s_yp = of_x @ of_x.mT, of_f @ of_f.mT, of_x @ of_f.mT
    left = s_yy - s_yp @ torch.linalg.solve(s_pp + faint, s_yp.mT)
    half = torch.linalg.cholesky(left + faint).diagonal(dim1=-2, dim2=-1).log().sum(-1)  # half of the log determinant
    return -(half / SIDE**2).sum(dim=1).mean().to(f.dtype)


def _neighborhoods(image: Tensor, stride: int) -> Tensor:
    """Centered 3 x 3 neighborhoods, ``(N, C, 9, places)``, in double precision."""
    small = max_pool2d(image, stride, stride, padding=stride // 2) if stride > 1 else image
    found = unfold(small, SIDE).reshape(*image.shape[:2], SIDE * SIDE, -1).double()
    return found - found.mean(dim=-1, keepdim=True)
