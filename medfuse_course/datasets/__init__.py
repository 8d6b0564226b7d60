"""Images to fuse: phantoms with known truth, real pairs, and the windows that bring physical values into [0, 1]."""

from medfuse_course.datasets.intensity import Window, parse_window
from medfuse_course.datasets.misregistration import misregister
from medfuse_course.datasets.pair import Pair, Truth
from medfuse_course.datasets.pairs import PairInfo, list_pairs, load_pair

__all__ = ["Pair", "PairInfo", "Truth", "Window", "list_pairs", "load_pair", "misregister", "parse_window"]
