"""Thin-plate spline: the smoothest displacement of a plane that takes control points where they are told to go.

Reference: F. L. Bookstein, "Principal warps: thin-plate splines and the decomposition of deformations", IEEE
Transactions on Pattern Analysis and Machine Intelligence 11(6), 567-585, 1989.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import grid_sample


def thin_plate_weights(control: Tensor, at: Tensor) -> Tensor:
    """What each control value contributes at other points: ``f(at) = weights @ f(control)``.

    f has the form ``a0 + a1 y + a2 x + sum_k w_k r_k^2 log r_k``, where the w_k sum to 0 and have no moment; among all
    functions through the control values it bends least. They follow from one linear system,
    ``[[K, P], [P^T, 0]] [w; a] = [f; 0]``, where ``K_jk = r_jk^2 log r_jk`` and ``P_j = (1, y_j, x_j)``. What is affine
    in the control points is affine everywhere.

    Parameters
    ----------
    control
        ``(n, 2)`` points, at least three of them not on one line.
    at
        ``(m, 2)`` points.

    Returns
    -------
    ``(m, n)`` float64.

    Raises
    ------
    ValueError
        The control points lie on a line, or two of them coincide.
    """
    control, at = control.double(), at.double()
    count = len(control)
    system = control.new_zeros(count + 3, count + 3)
    system[:count, :count] = _bend(control, control)
    system[:count, count:] = _affine(control)
    system[count:, :count] = _affine(control).T
    if torch.linalg.matrix_rank(system) < count + 3:
        raise ValueError("control: expected distinct points, three of them not on one line")
    values = torch.eye(count + 3, count, dtype=torch.float64)
    return torch.cat([_bend(at, control), _affine(at)], dim=1) @ torch.linalg.solve(system, values)


def control_grid(side: int) -> Tensor:
    """``(side^2, 2)`` points (y, x) from (-1, -1) to (1, 1), row by row.

    Examples
    --------
    >>> from medfuse_course.networks import control_grid
    >>> control_grid(2).tolist()
    [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]]
    """
    line = torch.linspace(-1, 1, side, dtype=torch.float64)
    return torch.cartesian_prod(line, line)


class ThinPlateWarp(nn.Module):
    """A learned displacement of the whole plane, the same for every image; none to begin with.

    ``out(p) = in(p + d(p))``, where d is the thin-plate spline through the displacements of a grid of control points.
    Coordinates run from -1 to 1 between the outer borders of the image.

    Parameters
    ----------
    side
        Control points along each side.
    gain
        Displacement of a parameter of 1; more is learned faster by an optimizer whose steps have one length.
    """

    def __init__(self, side: int = 4, gain: float = 1.0) -> None:
        super().__init__()
        if side < 2:
            raise ValueError(f"side: expected at least 2 control points along a side, got {side}")
        self.side, self.gain = side, gain
        self.moves = nn.Parameter(torch.zeros(side * side, 2))
        self._known: tuple[tuple[int, int], Tensor] | None = None

    def field(self, height: int, width: int) -> Tensor:
        """d on the pixels of an image, down and right: ``(H, W, 2)``; 1 is half the image."""
        if self._known is None or self._known[0] != (height, width):
            at = torch.cartesian_prod(_middles(height), _middles(width))
            self._known = (height, width), thin_plate_weights(control_grid(self.side), at)
        return (self._known[1].to(self.moves) @ (self.gain * self.moves)).view(height, width, 2)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)``, warped; beyond the border is what lies on it."""
        height, width = x.shape[-2:]
        middles = torch.meshgrid(_middles(height).to(x), _middles(width).to(x), indexing="ij")
        grid = (torch.stack(middles, dim=-1) + self.field(height, width)).flip(-1)  # grid_sample takes (x, y)
        return grid_sample(x, grid.expand(len(x), -1, -1, -1), padding_mode="border", align_corners=False)


def _bend(at: Tensor, control: Tensor) -> Tensor:
    """``r^2 log r`` between two sets of points; 0 where they coincide."""
    square = ((at[:, None] - control) ** 2).sum(dim=-1)
    return torch.xlogy(square, square) / 2


def _affine(points: Tensor) -> Tensor:
    return torch.cat([torch.ones_like(points[:, :1]), points], dim=1)


def _middles(count: int) -> Tensor:
    """Where the middles of pixels lie."""
    return (2 * torch.arange(count, dtype=torch.float64) + 1) / count - 1
