"""Color: spaces that separate luminance from chroma, tables that color a gray image, and fusion that keeps chroma."""

from medfuse_course.color.cielab import lab_to_rgb, rgb_to_lab
from medfuse_course.color.gray import gray_to_rgb, luma
from medfuse_course.color.ihs import ihs_to_rgb, rgb_to_ihs
from medfuse_course.color.luminance import SPACES, fuse_luminance
from medfuse_course.color.pseudocolor import Table, apply_table, tables
from medfuse_course.color.ycbcr import rgb_to_ycbcr, ycbcr_to_rgb
from medfuse_course.color.yuv import rgb_to_yuv, yuv_to_rgb

__all__ = [
    "SPACES",
    "Table",
    "apply_table",
    "fuse_luminance",
    "gray_to_rgb",
    "ihs_to_rgb",
    "lab_to_rgb",
    "luma",
    "rgb_to_ihs",
    "rgb_to_lab",
    "rgb_to_ycbcr",
    "rgb_to_yuv",
    "tables",
    "ycbcr_to_rgb",
    "yuv_to_rgb",
]
