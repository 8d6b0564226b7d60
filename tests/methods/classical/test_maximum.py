import numpy as np

from medfuse_course.methods import fuse


def test_by_hand():
    a, b = np.zeros((16, 16)), np.zeros((16, 16))
    a[0, :2] = 0.3, 0.9
    b[0, :2] = 0.5, 0.2
    np.testing.assert_allclose(fuse(a, b, "maximum")[0, :3], [0.5, 0.9, 0], atol=1e-7)
