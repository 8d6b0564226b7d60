"""Interactive pictures: thin shells over `plots`. They compute nothing and call tested functions."""

from medfuse_course.widgets.explorer import drive, explore
from medfuse_course.widgets.live import Explorer
from medfuse_course.widgets.training import LiveCurves

__all__ = ["Explorer", "LiveCurves", "drive", "explore"]
