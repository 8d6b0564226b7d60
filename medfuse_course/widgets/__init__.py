"""Interactive pictures: thin shells over `plots`. They compute nothing and call tested functions."""

from medfuse_course.widgets.explorer import drive, explore
from medfuse_course.widgets.live import Explorer

__all__ = ["Explorer", "drive", "explore"]
