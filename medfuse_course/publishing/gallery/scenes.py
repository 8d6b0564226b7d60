"""What every method of a task is shown on: the same few phantoms, computed when the book is built.

A scene of fusion is a pair, cut to what there is to see, its PET in the hot table. The scene of another task is its
case. Real images are never shown here: theirs are not ours to hand out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from medfuse_course.core.types import Image
from medfuse_course.datasets import load_pair
from medfuse_course.datasets.case import Case
from medfuse_course.datasets.catalogue import CASES, PAIRS, load_case
from medfuse_course.datasets.intensity import parse_window
from medfuse_course.methods import Method, Task, fuse, solve
from medfuse_course.methods.tasks import FUSION
from medfuse_course.publishing.pictures import exact_picture, in_clinic_colors, picture

CUTS = {
    "head/mri-pet": np.s_[24:232, 24:232],
    "head/mri-ct": np.s_[24:232, 24:232],
    "thorax/ct-pet": np.s_[28:220, 8:248],
}
"""The pairs that fusion is shown on, and the rows and columns that hold the head or the chest."""

LESIONS = 2
TRUTH = "truth"


@dataclass(frozen=True, eq=False)
class Scene:
    """What goes in, what is true where that is an image, and how a method is asked.

    Attributes
    ----------
    slug
        Part of file names: ``"mri-pet"``.
    title
        For people.
    given
        Images in [0, 1] by name, in the order of the verb's arguments; then ``"truth"``, if it is an image.
    solve
        From a method's slug to its image in [0, 1].
    """

    slug: str
    title: str
    given: Mapping[str, Image]
    solve: Callable[[str], Image]

    @cache  # noqa: B019  # a scene lives as long as the build
    def result(self, slug: str) -> Image:
        """The image of a method, computed once."""
        return self.solve(slug)

    def method_picture(self, method: Method) -> picture:
        """A node that shows what a method makes of the scene."""
        alt = f"{' and '.join(name for name in self.given if name != TRUTH)}: {method.task.slug} by {method.title}"
        return self._shown(method.slug, alt).deepcopy()

    def given_pictures(self) -> dict[str, picture]:
        """Nodes that show what is given, by name."""
        names = enumerate(self.given)
        return {name: self._shown(given_name(number), f"{name} of the phantom").deepcopy() for number, name in names}

    @cache  # noqa: B019  # encoded once, shown on many pages
    def _shown(self, of: str, alt: str) -> picture:
        given = {given_name(number): image for number, image in enumerate(self.given.values())}
        return exact_picture(given[of] if of in given else self.result(of), self.file(of), alt)

    @property
    def folder(self) -> str:
        """Where its pictures lie, below the folder of pictures."""
        return f"gallery/{self.slug}"

    def file(self, of: str) -> str:
        """Where a picture lies: of a method by slug, of what is given by its place (`given_name`)."""
        return f"{self.folder}/{of}.webp"


def given_name(number: int) -> str:
    """What pictures of the first, second, ... given image are called, whatever it is in a scene."""
    return f"given-{number}"


@cache
def scenes_of(task: Task) -> tuple[Scene, ...]:
    """The scenes of a task, the first of which its cards show."""
    return tuple(map(_of_pair, CUTS)) if task == FUSION else (_of_case(load_case(task.example)),)


def _of_pair(name: str) -> Scene:
    pair = load_pair(name, lesions=LESIONS)
    a, b = (np.ascontiguousarray(image[CUTS[name]]) for image in in_clinic_colors(pair))
    title = f"{PAIRS[name].title}, with {LESIONS} lesions"
    return Scene(name.rpartition("/")[2], title, dict(zip(pair.modalities, (a, b), strict=True)), partial(fuse, a, b))


def _of_case(case: Case) -> Scene:
    def shown(image: Image, window: str) -> Image:
        return parse_window(window).apply(image.astype("float32"))

    images = [*case.inputs.values(), case.target]
    windows = [*case.windows[: len(case.inputs)], case.windows[-1]]
    given = dict(zip([*case.inputs, TRUTH], map(shown, images, windows), strict=True))
    name = case.name.rpartition("/")[2]
    return Scene(name, CASES[case.name].title, given, lambda slug: shown(solve(case, slug), case.windows[-1]))
