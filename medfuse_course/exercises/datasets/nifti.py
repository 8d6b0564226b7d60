"""From voxel indices to millimeters.

``voxel_to_mm(voxels, affine)`` takes ``(N, 3)`` indices and a 4 x 4 affine and returns ``(N, 3)`` positions.
"""

import numpy as np

from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import images

_TURNED = np.array([[0, -1.5, 0, 90], [2.0, 0, 0, -126], [0, 0, 3.0, -72], [0, 0, 0, 1]])
"""First axis to the front, second to the left: as scanners do store volumes."""

_SHEARED = np.array([[1.2, 0.1, 0, -60], [-0.1, 1.2, 0.3, -70], [0, -0.2, 2.5, 10], [0, 0, 0, 1]])
_VOXELS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [3, 5, 7]], dtype=np.float64)


def voxel_to_mm(voxels: FloatArray, affine: FloatArray) -> FloatArray:
    """Positions in mm: ``voxels @ affine[:3, :3].T + affine[:3, 3]``."""
    return np.asarray(voxels @ affine[:3, :3].T + affine[:3, 3])


def _shape(answer: Attempt) -> str | None:
    answer.image(_VOXELS, np.eye(4))
    return None


def _origin(answer: Attempt) -> str | None:
    found = answer.image(_VOXELS, _TURNED)[0]
    return None if np.allclose(found, _TURNED[:3, 3]) else f"voxel (0, 0, 0) came to lie at {_point(found)} mm"


def _axis(number: int) -> Property:
    hint = (
        f"Column {number} of the affine is one step along voxel axis {number}, whatever direction that is in the body."
    )

    def test(answer: Attempt) -> str | None:
        found = answer.image(_VOXELS, _TURNED)
        step, wanted = found[number + 1] - found[0], _TURNED[:3, number]
        if np.allclose(step, wanted):
            return None
        return f"one step along voxel axis {number} moved by {_point(step)} mm"

    return Property(f"axis-{number}", test, hint)


def _any_affine(answer: Attempt) -> str | None:
    between = images("voxels", count=1, shape=(40, 3))[0].astype(np.float64)
    distance = float(np.abs(answer.image(between, _SHEARED) - voxel_to_mm(between, _SHEARED)).max())
    return f"with a tilted grid it misses by up to {distance:.3g} mm" if distance > 1e-4 else None


def _point(position: FloatArray) -> str:
    return "(" + ", ".join(f"{value:g}" for value in position) + ")"


def _homogeneous(voxels: FloatArray) -> FloatArray:
    return np.concatenate([voxels, np.ones((len(voxels), 1))], axis=1)


EXERCISES = (
    Exercise(
        name="datasets.nifti.voxel_to_mm",
        kind="function",
        reference="medfuse_course.exercises.datasets.nifti:voxel_to_mm",
        properties=(
            Property("shape", _shape, "Return one row of three numbers for each row of voxels, as floats."),
            Property("origin", _origin, "Voxel (0, 0, 0) lies where the last column of the affine says."),
            _axis(0),
            _axis(1),
            _axis(2),
            Property("any-affine", _any_affine, "A grid may be tilted: use all nine numbers of affine[:3, :3]."),
        ),
        trials=lambda: ((_VOXELS, _TURNED), (_VOXELS, _SHEARED)),
        wrong=(
            WrongAnswer(
                "forgot_the_origin",
                lambda voxels, affine: voxels @ affine[:3, :3].T,
                "origin",
                "Steps are right, the place is not: add affine[:3, 3], where voxel (0, 0, 0) lies.",
            ),
            WrongAnswer(
                "transposed",
                lambda voxels, affine: voxels @ affine[:3, :3] + affine[:3, 3],
                "axis-0",
                "Each row of voxels is a vector: v @ M multiplies from the wrong side. Use M.T.",
            ),
            WrongAnswer(
                "rows_for_x",
                lambda voxels, affine: voxel_to_mm(voxels[:, [1, 0, 2]], affine),
                "axis-0",
                "You swapped the first two indices, as if they were x and y of a picture. The affine takes them in the "
                "order in which the array stores them.",
            ),
            WrongAnswer(
                "voxel_sizes_only",
                lambda voxels, affine: voxels * np.linalg.norm(affine[:3, :3], axis=0) + affine[:3, 3],
                "axis-0",
                "You scaled by the voxel size. The affine also says in which direction each axis runs.",
            ),
            WrongAnswer(
                "other_way_round",
                lambda voxels, affine: (_homogeneous(voxels) @ np.linalg.inv(affine).T)[:, :3],
                "origin",
                "The inverse goes from millimeters to voxels; here the affine itself is wanted.",
            ),
            WrongAnswer(
                "scaled_the_origin",
                lambda voxels, affine: (voxels + affine[:3, 3]) @ affine[:3, :3].T,
                "origin",
                "The origin is in millimeters already: multiply first, then add.",
            ),
        ),
    ),
)
