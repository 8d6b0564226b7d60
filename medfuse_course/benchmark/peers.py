"""Other people's networks in the tables of patients: what they are called there, and what their scores are of.

The scores lie in ``data/benchmark/peers.csv``; ``python -m tests.benchmark.peers`` makes them again where the weights
and pictures are at hand, which have no license to be shipped.
"""

from dataclasses import dataclass
from typing import Literal

from medfuse_course.benchmark.rows import read_rows
from medfuse_course.core.files import data_path


@dataclass(frozen=True)
class Peer:
    """A network as its authors made it.

    Attributes
    ----------
    title
        Its name.
    of
        What was scored: what the authors' ``"weights"`` give, with what their code does behind the network, or the
        ``"pictures"`` that they published, of some slices only.
    jpeg
        Whether these pictures are JPEG, which changes gray values by a few levels.
    ours
        The method of this course that is written after the same paper; "" where there is none.
    """

    title: str
    of: Literal["weights", "pictures"]
    jpeg: bool = False
    ours: str = ""

    @property
    def label(self) -> str:
        """Such as ``"DM-FNet, authors' pictures (JPEG)"``."""
        return f"{self.title}, authors' {self.of}{' (JPEG)' if self.jpeg else ''}"


PEERS = {
    "peer/emfusion": Peer("EMFusion", "weights", ours="emfusion"),
    "peer/ifcnn": Peer("IFCNN", "weights", ours="ifcnn"),
    "peer/mmif_inet": Peer("MMIF-INet", "pictures", jpeg=True, ours="mmif_inet"),
    "peer/ddcgan": Peer("DDcGAN", "pictures", ours="ddcgan"),
    "peer/matr": Peer("MATR", "weights", ours="matr"),
    "peer/almfnet": Peer("ALMFnet", "weights"),
    "peer/gesenet": Peer("GeSeNet", "weights"),
    "peer/refusion": Peer("ReFusion", "weights"),
    "peer/dmfnet": Peer("DM-FNet", "pictures", jpeg=True),
}
"""By the name that stands in the tables."""


@dataclass(frozen=True)
class PictureScores:
    """What was measured on one fused picture; all but `chroma` on its luminance.

    Attributes
    ----------
    network
        Whose picture of this slice gave the occasion, as `PEERS` names it.
    maker
        Who made the picture that was measured: `network`, ``"maximum"``, the course's method of the same paper, or
        ``"maximum as JPEG"``, which went through the compression of the authors' file.
    pair, case, slice
        Of the Whole Brain Atlas.
    lift
        Mean gray level of 255 where both sources are exactly black.
    en, ssim
        Entropy and SSIM, as in the leaderboard.
    en_black, ssim_black
        The same after these pixels were made black again.
    bone
        Mean gray in [0, 1] where the CT exceeds 0.85; NaN without a CT.
    mri_left
        Brightness over that of the MRI, where the MRI exceeds 0.2 and the other image is black (below 0.03).
    chroma
        Mean CIELAB chroma there; NaN where the picture is gray.
    white
        Share of pixels above 0.9 where both sources exceed 0.15.
    activity_read, anatomy_read
        The metrics of these names.
    """

    network: str
    maker: str
    pair: str
    case: int
    slice: int
    lift: float
    en: float
    ssim: float
    en_black: float
    ssim_black: float
    bone: float
    mri_left: float
    chroma: float
    white: float
    activity_read: float
    anatomy_read: float


def picture_scores() -> list[PictureScores]:
    """What other people's pictures show, and ours of the same slices; the table ships, the pictures do not.

    Returns
    -------
    A row for each picture: all known ones that the authors of DDcGAN, DM-FNet, EMFusion and MMIF-INet published, and of
    the networks whose weights are known each eighth test slice.

    Examples
    --------
    >>> from medfuse_course.benchmark import picture_scores
    >>> rows = picture_scores()
    >>> {row.lift for row in rows if row.maker == "maximum"}  # in the air the pixelwise maximum adds nothing
    {0.0}
    """
    return read_rows(data_path("published_pictures.csv"), PictureScores)
