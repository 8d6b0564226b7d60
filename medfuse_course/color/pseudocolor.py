"""Pseudo-color: tables that turn a gray image into a colored one."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.checks import check_gray
from medfuse_course.core.registry import Registry
from medfuse_course.core.types import Image


@dataclass(frozen=True)
class Table:
    """A color table: a line through equally spaced nodes in RGB.

    Attributes
    ----------
    name
        What `apply_table` calls it.
    title
        What it is, in words.
    nodes
        Colors at equal steps from 0 to 1, as six hexadecimal digits each, separated by spaces.
    uniform
        Perceptually uniform: equal steps of the gray value look about equal, so that no edge appears that is not there.
    clinical
        A convention of the clinic, which readers of PET and SPECT expect.
    """

    name: str
    title: str
    nodes: str
    uniform: bool = False
    clinical: bool = False

    @property
    def colors(self) -> NDArray[np.float64]:
        """The nodes as ``(n, 3)`` values in [0, 1]."""
        return np.array([list(bytes.fromhex(node)) for node in self.nodes.split()]) / 255


_TABLES: Registry[Table] = Registry("color table")
for _table in (
    Table("gray", "Gray, encoded values in equal steps", "000000 ffffff", clinical=True),
    Table(
        "hot",
        "Hot iron: black, red, yellow, white, the convention for PET",
        "000000 550000 aa0000 ff0000 ff5500 ffaa00 ffff00 ffff80 ffffff",
        clinical=True,
    ),
    Table(
        "rainbow",
        "Rainbow from black through blue, green and red to white, of the kind that PET and SPECT stations offer; "
        "its brightness rises and falls, so it draws edges that are not there",
        "000000 60008c 0000ff 00c8ff 00c800 ffff00 ff8000 ff0000 ffffff",
        clinical=True,
    ),
    Table(
        "viridis",
        "Viridis: blue, green, yellow; lightness in equal steps, safe for color-blind readers",
        (
            "440154 470d60 48186a 482374 472d7b 453681 424086 3f4989 3b528b 375a8d 33638d "
            "2f6a8e 2c728e 297a8e 26818e 23898e 21908c 1f988b 1f9f88 21a685 28ae80 31b57b "
            "3ebc74 4cc26c 5dc963 6ece58 82d34c 96d83f abdc32 c0df24 d5e21a eae51a fde725"
        ),
        uniform=True,
    ),
    Table(
        "inferno",
        "Inferno: black, red, yellow; a uniform stand-in for hot iron",
        (
            "000004 040312 0b0724 150b37 210c4a 2e0a5a 3c0965 4a0c6b 57106d 63146e 70196e "
            "7d1e6d 89226a 962766 a32b61 af315c bb3755 c63e4d d14644 db4f3b e35932 eb6528 "
            "f1711e f67f14 f98d0a fb9c06 fcab0f fbba1f f9ca32 f5d949 f2e865 f3f586 fcffa4"
        ),
        uniform=True,
    ),
):
    _TABLES.add(_table.name, _table)


def tables() -> Mapping[str, Table]:
    """The color tables by name.

    Examples
    --------
    >>> from medfuse_course.color import tables
    >>> sorted(tables())[:3]
    ['gray', 'hot', 'inferno']
    """
    return MappingProxyType({table.name: table for table in _TABLES.values()})


def apply_table(gray: Image, name: str = "hot") -> Image:
    """Color a gray image.

    Parameters
    ----------
    gray
        ``(H, W)`` in [0, 1].
    name
        One of `tables`.

    Returns
    -------
    ``(H, W, 3)`` float32 in [0, 1].

    Raises
    ------
    TypeError, ValueError
        Not a gray image, or there is no such table.

    Examples
    --------
    >>> import numpy as np
    >>> from medfuse_course.color import apply_table
    >>> apply_table(np.array([[0.0, 1.0]], dtype=np.float32), "hot")
    array([[[0., 0., 0.],
            [1., 1., 1.]]], dtype=float32)
    """
    gray = check_gray(gray, "gray")
    colors = _TABLES[name].colors
    positions = np.linspace(0, 1, len(colors))
    return np.stack([np.interp(gray, positions, channel) for channel in colors.T], axis=-1).astype(np.float32)
