"""Pictures of other people's networks, where a reader has them: the course ships none, they have no license.

``MEDFUSE_PUBLISHED`` names a folder with ``peers/<network>/<pair>/<case><slice>.png`` (or ``.jpg``; the slice has three
digits, ``peers/ddcgan/mri-pet/41042.png``), ``emfusion/<case><slice>_fused.png`` and
``bsafusion/<pair>/<case><slice>_aligned.png``. Their sources are pairs of the Whole Brain Atlas, so `aanlib` has them.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from medfuse_course.core.registry import check_name
from medfuse_course.core.types import Image
from medfuse_course.datasets import aanlib
from medfuse_course.datasets.image_files import read_image
from medfuse_course.datasets.pair import Pair

NETWORKS = ("almfnet", "bsafusion", "ddcgan", "dmfnet", "emfusion", "gesenet", "matr", "mmif_inet", "refusion")
"""Whose pictures of the Whole Brain Atlas are known."""

_NAME = re.compile(r"(?P<case>\d+)(?P<slice>\d{3})(_fused|_aligned)?\.(png|jpg)")


@dataclass(frozen=True)
class PublishedPicture:
    """One picture: which network made it of which slice, and the file that holds it.

    `pair` is such as ``"aanlib/mri-pet"``; `case` and `slice` are the numbers of the atlas.
    """

    network: str
    pair: str
    case: int
    slice: int
    file: Path

    @property
    def split(self) -> str:
        """The split of the manifest that holds its case."""
        return next(split for split in aanlib.SPLITS if self.case in aanlib.subjects(self.pair, [split]))

    def image(self) -> Image:
        """What the network made: the fused image; BSAFusion's is the second source as its network aligned it.

        ``(H, W)`` where only luminance is known, ``(H, W, 3)`` where the picture has color; in [0, 1]. JPEG has changed
        gray and color by a few levels.
        """
        return read_image(self.file)

    def beside(self, what: str) -> Image:
        """Another image that the authors give of this slice: BSAFusion's are ``"mri"``, ``"moved"``, ``"truth"``."""
        return read_image(self.file.with_name(f"{self.file.stem.partition('_')[0]}_{what}{self.file.suffix}"))

    def sources(self) -> Pair:
        """The MRI and the other image that it was made of."""
        return aanlib.load(self.pair, case=self.case, slice=self.slice, split=self.split)


def published_pictures(network: str) -> tuple[PublishedPicture, ...]:
    """The pictures of one network that lie on this machine.

    Parameters
    ----------
    network
        One of ``almfnet``, ``bsafusion``, ``ddcgan``, ``dmfnet``, ``emfusion``, ``gesenet``, ``matr``, ``mmif_inet``,
        ``refusion``.

    Returns
    -------
    In the order of pair, case and slice; none where ``MEDFUSE_PUBLISHED`` is not set or the folder has none of it.

    Raises
    ------
    UnknownNameError
        Nobody knows pictures of such a network.
    FileNotFoundError
        ``MEDFUSE_PUBLISHED`` names no folder.

    Examples
    --------
    >>> from medfuse_course.datasets import published_pictures
    >>> all(picture.network == "ddcgan" for picture in published_pictures("ddcgan"))
    True
    """
    check_name("network", network, NETWORKS)
    if not os.environ.get("MEDFUSE_PUBLISHED"):
        return ()
    folder = Path(os.environ["MEDFUSE_PUBLISHED"])
    if not folder.is_dir():
        raise FileNotFoundError(f"MEDFUSE_PUBLISHED: expected a folder of pictures, got {folder}, which is none")
    room = folder if network == "bsafusion" else folder / "peers"
    places = {f"aanlib/{pair}": room / network / pair for pair in aanlib.MODALITIES}
    if network == "emfusion":
        places = {"aanlib/mri-ct": folder / "emfusion"}
    found = [
        PublishedPicture(network, pair, int(name["case"]), int(name["slice"]), file)
        for pair, place in places.items()
        for file in (place.iterdir() if place.is_dir() else ())
        if (name := _NAME.fullmatch(file.name))
    ]
    return tuple(sorted(found, key=lambda picture: (picture.pair, picture.case, picture.slice)))
