"""Types that cross package borders."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
"""A picture at a public border: float32, ``(H, W)`` gray or ``(H, W, 3)`` RGB, values in [0, 1]."""

FloatArray = NDArray[np.floating[Any]]
"""An array of floats of either precision, as transforms use inside."""

BoolArray = NDArray[np.bool_]
"""A mask."""
