"""Terms from the physics of PET: a projector that gradients pass, and what it says of an activity.

The review asks for a loss that joins CT and PET physically and gives no formula; these are three readings of it. With F
an activity, P the projector, mu the attenuation that the CT gives and y the counts of the scan:

* `projection_consistency`: do the counts follow from F, ``y ~ Poisson(exp(-P mu) P F + s)``?
* `attenuation_closure`: does another map of mu weaken the lines as that of the CT does?
* `uptake_outside`: is there activity where the CT shows air?

The projector is the sparse matrix of `physics.Projector`, which SciPy multiplies on the processor: tensors elsewhere
are copied there and back.
"""

from typing import Any

import torch
from scipy import sparse
from torch import Tensor
from torch.autograd import Function

from medfuse_course.physics import Projector

FLOOR = 1e-3
"""The fewest counts that a line may be expected to have, in the logarithm."""


class _Linear(Function):
    """Rows of x times a matrix; what comes back is multiplied by its transpose, which is the exact adjoint."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, matrix: sparse.sparray) -> Tensor:
        """``(N, columns)`` to ``(N, rows)``."""
        ctx.matrix = matrix
        product = matrix @ x.detach().cpu().numpy().T
        return torch.from_numpy(product.T.copy()).to(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """The adjoint; as it is linear again, it can be differentiated, too."""
        returned: Tensor = _Linear.apply(gradients[0], ctx.matrix.T)  # type: ignore[no-untyped-call]
        return returned, None


def project(image: Tensor, projector: Projector) -> Tensor:
    """Line integrals ``P x`` of each image, in units of one pixel, through which gradients pass.

    Parameters
    ----------
    image
        ``(N, 1, size, size)``.
    projector
        The lines; not a folded one.

    Returns
    -------
    ``(N, views, size)``.

    Raises
    ------
    ValueError
        Another size than the projector's, or a folded projector.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import project
    >>> from medfuse_course.physics import parallel_projector
    >>> image = torch.zeros(1, 1, 16, 16)
    >>> image[..., 6:10, 6:10] = 1  # 16 pixels of 1
    >>> project(image, parallel_projector(16, 2)).sum(dim=-1).round().tolist()  # each of two views sees all of it
    [[16.0, 16.0]]
    """
    size = projector.size
    if projector.folded:
        raise ValueError("projector: expected one that holds all views, got a folded one; make it with fold=False")
    if image.ndim != 4 or tuple(image.shape[1:]) != (1, size, size):
        raise ValueError(f"image: expected (N, 1, {size}, {size}) for this projector, got {tuple(image.shape)}")
    lines: Tensor = _Linear.apply(image.flatten(1), projector.matrix)  # type: ignore[no-untyped-call]
    return lines.view(-1, *projector.sinogram_shape)


def projection_consistency(
    activity: Tensor, counts: Tensor, efficiency: Tensor, projector: Projector, *, background: Tensor | float = 0.0
) -> Tensor:
    """How badly an activity explains the counts of its scan: half the Poisson deviance, for each count.

    With the expected counts ``m = efficiency * P F + background``: ``sum(m - y + y log(y / m)) / sum y``. Up to a
    constant that is the negative log-likelihood. Its gradient in F is ``P^T(efficiency * (1 - y / m)) / sum y``: 0
    where the expected counts are the measured ones. With noise no F gives 0; of the truth it is about half a count for
    each line.

    Parameters
    ----------
    activity
        F, ``(N, 1, size, size)``, >= 0.
    counts
        y, ``(N, views, size)``, >= 0.
    efficiency
        What part of the activity of each line is counted, ``(N, views, size)``: ``exp(-P mu)``, times the counts that
        one unit of activity gives.
    projector
        The lines.
    background
        s, counts that do not come from F along the line: scattered and random ones.

    Returns
    -------
    A scalar >= 0: the mean over the batch.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import project, projection_consistency
    >>> from medfuse_course.physics import parallel_projector
    >>> lines = parallel_projector(16, 2)
    >>> activity = torch.ones(1, 1, 16, 16)
    >>> efficiency = torch.ones(1, *lines.sinogram_shape)
    >>> counts = project(activity, lines)  # a scan without noise
    >>> abs(projection_consistency(activity, counts, efficiency, lines).item()) < 1e-6
    True
    >>> round(projection_consistency(2 * activity, counts, efficiency, lines).item(), 3)  # 2 - 1 - log 2
    0.307
    """
    expected = efficiency * project(activity, projector) + background
    # Below the floor the value stands, and the gradient still says that counts are missing.
    safe = expected + (FLOOR - expected).clamp_min(0).detach()
    half = (expected - counts + torch.xlogy(counts, counts) - counts * safe.log()).flatten(1).sum(dim=1)
    return (half / counts.flatten(1).sum(dim=1).clamp_min(1)).mean()


def attenuation_closure(mu: Tensor, mu_ct: Tensor, projector: Projector, *, spacing_mm: float) -> Tensor:
    """``mean (exp(-P mu) - exp(-P mu_ct))^2``: whether two maps weaken the lines alike.

    What the lines do not tell apart costs nothing; lines that nothing passes anyway count little.

    Parameters
    ----------
    mu, mu_ct
        ``(N, 1, size, size)`` per mm: what a network draws, and what the CT gives (`physics.hu_to_mu`).
    projector
        The lines.
    spacing_mm
        Pixel size.

    Returns
    -------
    A scalar in [0, 1] for maps >= 0: the mean over lines and batch.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import attenuation_closure
    >>> from medfuse_course.physics import parallel_projector
    >>> water = torch.full((1, 1, 16, 16), 0.0096)  # per mm, at 511 keV
    >>> lines = parallel_projector(16, 2)
    >>> attenuation_closure(water, water, lines, spacing_mm=4.0).item()
    0.0
    >>> attenuation_closure(0 * water, water, lines, spacing_mm=4.0).item() > 0.1  # the body was forgotten
    True
    """
    passed = [torch.exp(-spacing_mm * project(image, projector)) for image in (mu, mu_ct)]
    return (passed[0] - passed[1]).square().mean()


def uptake_outside(activity: Tensor, air: Tensor) -> Tensor:
    """The mean activity where the CT shows the air around the body.

    Parameters
    ----------
    activity
        ``(N, 1, H, W)``, >= 0.
    air
        ``(N, 1, H, W)``, 1 in the air around the body and 0 elsewhere. Air within the lungs is no such place.

    Returns
    -------
    A scalar in the unit of the activity: the mean over the pixels of air of each image, then over the batch.

    Examples
    --------
    >>> import torch
    >>> from medfuse_course.losses import uptake_outside
    >>> activity = torch.tensor([3.0, 1.0, 5.0, 7.0]).view(1, 1, 2, 2)
    >>> air = torch.tensor([1.0, 1.0, 0.0, 0.0]).view(1, 1, 2, 2)
    >>> uptake_outside(activity, air).item()
    2.0
    """
    inside = (activity * air).flatten(1).sum(dim=1)
    return (inside / air.flatten(1).sum(dim=1).clamp_min(1)).mean()
