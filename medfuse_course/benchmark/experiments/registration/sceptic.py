"""Registration by mutual information with SimpleITK: no learning, the same question.

Reference: D. Mattes and others, "PET-CT image registration in the chest using free-form deformations", IEEE
Transactions on Medical Imaging 22(1), 120-128, 2003.
"""

from importlib import import_module
from typing import Any

import numpy as np
from scipy import ndimage

from medfuse_course.core.types import FloatArray, Image

BINS, MESH, BOUND = 32, 3, 10.0
"""Of the joint histogram; cells of the B-spline along a side; the most that a control point may move, in pixels."""

_GROWN = 6  # pixels around the head or chest that are looked at, too


def require_simpleitk() -> Any:
    """The module `SimpleITK`.

    Raises
    ------
    ImportError
        It is not installed; the message says how.
    """
    try:
        SimpleITK: Any = import_module("SimpleITK")
    except ImportError as error:
        raise ImportError(
            "registration by mutual information needs SimpleITK: pip install 'medfuse-course[registration]'"
        ) from error
    SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    return SimpleITK


def register(a: Image, b: Image, *, elastic: bool) -> FloatArray:
    """Where each pixel of a is seen in b, by mutual information.

    Shift and turn first, from coarse to fine. Then, where asked for, a cubic B-spline on `MESH` x `MESH` cells, by
    L-BFGS with bounds; only the body counts, and what is near it.

    Parameters
    ----------
    a, b
        Gray ``(H, W)``.
    elastic
        Whether the B-spline follows.

    Returns
    -------
    ``(2, H, W)`` in pixels, down and right: look there in b, as `networks.flow.warp` does.
    """
    sitk = require_simpleitk()
    still, moving = (sitk.GetImageFromArray(np.asarray(x, np.float32)) for x in (a, b))
    turn = sitk.Euler2DTransform()
    turn.SetCenter([(n - 1) / 2 for n in still.GetSize()])
    first = _method(sitk, [8, 4, 2], [4, 2, 1], turn)
    first.SetOptimizerAsRegularStepGradientDescent(2.0, 1e-3, 100)
    first.SetOptimizerScalesFromPhysicalShift()
    first.Execute(still, moving)
    found = turn
    if elastic:
        spline = sitk.BSplineTransformInitializer(still, [MESH, MESH])
        second = _method(sitk, [1], [2], spline)
        second.SetMetricFixedMask(sitk.GetImageFromArray(_body(a).astype(np.uint8)))
        second.SetMovingInitialTransform(turn)
        second.SetOptimizerAsLBFGSB(1e-5, 30, lowerBound=-BOUND, upperBound=BOUND)
        second.Execute(still, moving)
        found = sitk.CompositeTransform([turn, spline])
    grid = (still.GetSize(), still.GetOrigin(), still.GetSpacing(), still.GetDirection())
    field = sitk.GetArrayFromImage(sitk.TransformToDisplacementField(found, sitk.sitkVectorFloat64, *grid))
    return np.ascontiguousarray(field[..., ::-1].transpose(2, 0, 1))


def _method(sitk: Any, shrink: list[int], smooth: list[int], transform: Any) -> Any:
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(BINS)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetShrinkFactorsPerLevel(shrink)
    method.SetSmoothingSigmasPerLevel(smooth)
    method.SetInitialTransform(transform, inPlace=True)
    return method


def _body(image: Image) -> FloatArray:
    shown = ndimage.binary_fill_holes(ndimage.gaussian_filter(image, 2) > 0.08)
    if not shown.any():
        return np.ones_like(image)
    return np.asarray(ndimage.binary_dilation(shown, iterations=_GROWN))
