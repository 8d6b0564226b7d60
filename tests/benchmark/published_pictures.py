"""How other people's pictures fail, and ours of the same slices: ``python -m tests.benchmark.published_pictures``.

It writes ``data/published_pictures.csv`` from pictures that lie where ``MEDFUSE_PUBLISHED`` says, beside the sources of
``MEDFUSE_DATA``. These have no license to be passed on; how bright their air is, is a fact.
"""

import io
import math
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import numpy as np
from PIL import Image as Pillow
from tqdm import tqdm

from medfuse_course import evaluate, fuse
from medfuse_course.benchmark import PEERS, PictureScores
from medfuse_course.benchmark.rows import write_rows
from medfuse_course.color import luma, rgb_to_lab
from medfuse_course.core.checks import from_uint8, to_uint8
from medfuse_course.core.files import atomic_path, data_path
from medfuse_course.core.types import Image
from medfuse_course.datasets import Pair, PublishedPicture, published_pictures
from tests.benchmark.peers import places_of_lift

PUBLISHED = ("peer/ddcgan", "peer/dmfnet", "peer/emfusion", "peer/mmif_inet")
"""Of whom pictures are known; all of them are measured."""
MADE = ("peer/matr", "peer/almfnet", "peer/gesenet", "peer/refusion")
"""Of whom weights are known."""
MAXIMUM, AS_JPEG = "maximum", "maximum as JPEG"


def chosen() -> list[PublishedPicture]:
    """Every picture that is measured."""
    thinned = {(pair.partition(":")[0], case, number) for pair, case, number in places_of_lift()}
    made = (p for peer in MADE for p in published_pictures(peer.removeprefix("peer/")))
    every = (p for peer in PUBLISHED for p in published_pictures(peer.removeprefix("peer/")))
    return [*every, *(p for p in made if (p.pair, p.case, p.slice) in thinned)]


def as_jpeg(image: Image, like: PublishedPicture) -> Image:
    """An image after the compression of a published file: its tables of quantization."""
    buffer = io.BytesIO()
    with Pillow.open(like.file) as file:
        rgb = Pillow.fromarray(to_uint8(image)).convert(file.mode)
        rgb.save(buffer, "JPEG", qtables=file.quantization)
    return from_uint8(np.asarray(Pillow.open(buffer)))


def makers(picture: PublishedPicture, pair: Pair) -> dict[str, Callable[[], Image]]:
    """Who makes an image of the same slice."""
    network = f"peer/{picture.network}"
    found: dict[str, Callable[[], Image]] = {network: picture.image, MAXIMUM: lambda: fuse(pair.a, pair.b, MAXIMUM)}
    if PEERS[network].jpeg:
        found[AS_JPEG] = lambda: as_jpeg(found[MAXIMUM](), picture)
    if ours := PEERS[network].ours:
        found[ours] = lambda: fuse(pair.a, pair.b, ours)
    return found


def measured(image: Image, pair: Pair) -> dict[str, float]:
    """The numbers of one picture."""
    fused, other = (x if x.ndim == 2 else luma(x) for x in (image, pair.b))
    brightest = pair.b if pair.b.ndim == 2 else pair.b.max(axis=-1)
    black = (pair.a == 0) & (brightest == 0)
    lone = (pair.a > 0.2) & (brightest < 0.03)
    both = (pair.a > 0.15) & (other > 0.15)
    bone = other > 0.85
    cleaned = np.where(black, np.float32(0), fused)
    before = evaluate(fused, pair.a, other, ("en", "ssim", "activity_read", "anatomy_read"))
    after = evaluate(cleaned, pair.a, other, ("en", "ssim"))
    return before | {
        "lift": 255 * float(fused[black].mean()),
        "en_black": after["en"],
        "ssim_black": after["ssim"],
        "bone": float(fused[bone].mean()) if "CT" in pair.modalities and bone.any() else math.nan,
        "mri_left": float(fused[lone].mean() / pair.a[lone].mean()) if lone.sum() > 100 else math.nan,
        "chroma": _chroma(image, lone),
        "white": float((fused[both] > 0.9).mean()) if both.sum() > 100 else math.nan,
    }


def _chroma(image: Image, where: np.ndarray) -> float:
    gray = image.ndim == 2 or bool((image == image[..., :1]).all())
    return math.nan if gray or where.sum() <= 100 else float(np.hypot(*rgb_to_lab(image)[where, 1:].T).mean())


def rows_of(picture: PublishedPicture) -> Iterator[PictureScores]:
    """One row for each maker of that slice."""
    pair = picture.sources()
    for maker, make in makers(picture, pair).items():
        at = {"pair": picture.pair, "case": picture.case, "slice": picture.slice}
        yield PictureScores(network=f"peer/{picture.network}", maker=maker, **at, **measured(make(), pair))


def rows(pictures: Iterable[PublishedPicture]) -> list[PictureScores]:
    """All of them."""
    return list(chain.from_iterable(map(rows_of, pictures)))


if __name__ == "__main__":
    text = write_rows(PictureScores, rows(tqdm(chosen())))
    with atomic_path(data_path("benchmark").parent / "published_pictures.csv") as part:
        part.write_text(text, encoding="utf8")
