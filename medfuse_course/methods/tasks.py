"""What a method is for. A task is a value: its verb, what goes in, what comes out, what judges it, what always holds.

A system whose true task is not fusion has its own verb, and is never dressed up as fusion.
"""

from dataclasses import dataclass

from medfuse_course.core.registry import Registry


@dataclass(frozen=True)
class Task:
    """One kind of work.

    Attributes
    ----------
    slug
        ``"fusion"``, ``"enhancement"``, ``"synthesis"``, ``"segmentation"``.
    verb
        Name of the function at the package's root, and of the command.
    title
        What tables and the gallery call it.
    arguments
        Names of what the verb takes, in order.
    inputs
        What goes in, in words.
    output
        What comes out, in words.
    laws
        What holds for every method of the task, in words; each is a test.
    example
        The pair (of fusion) or the case (`datasets.catalogue`) that shows its methods in the gallery.
    """

    slug: str
    verb: str
    title: str
    arguments: tuple[str, ...]
    inputs: str
    output: str
    laws: tuple[str, ...]
    example: str

    @property
    def metrics(self) -> tuple[str, ...]:
        """Slugs of the metrics that judge its results, in the order of tables."""
        from medfuse_course.metrics import list_metrics

        return tuple(metric.slug for metric in list_metrics(task=self.slug))

    def call(self, slug: str) -> str:
        """How one writes the call of a method: ``fuse(a, b, "average")``."""
        *required, last = self.arguments
        named = "method=" if last.endswith("=None") else ""
        return f'{self.verb}({", ".join([*required, last.removesuffix("=None")])}, {named}"{slug}")'

    def __str__(self) -> str:
        return self.slug


FUSION = Task(
    slug="fusion",
    verb="fuse",
    title="Fusion",
    arguments=("a", "b"),
    inputs="two registered images of one scene in [0, 1], gray or RGB: the anatomical and the complementary source",
    output="one image in [0, 1] on the same grid",
    laws=("the result lies in [0, 1]", "symmetry and idempotence hold as declared"),
    example="head/mri-pet",
)
ENHANCEMENT = Task(
    slug="enhancement",
    verb="enhance",
    title="Enhancement",
    arguments=("x",),
    inputs="a gray image >= 0 in a unit of its own, such as SUV; or an odd number of neighboring slices of it",
    output="the image (of a stack the middle slice) with less noise, in the same unit, not confined to [0, 1]",
    laws=("nothing stays nothing", "the unit does not matter", "activity is roughly conserved"),
    example="thorax/low-dose-pet",
)
SYNTHESIS = Task(
    slug="synthesis",
    verb="synthesize",
    title="Synthesis",
    arguments=("x",),
    inputs="a gray image in [0, 1] of one modality",
    output="an image of another modality in the same geometry, in [0, 1] of the window that the method states",
    laws=("the result lies in [0, 1]", "the window is stated", "two calls give equal bytes"),
    example="head/mri-to-ct",
)
SEGMENTATION = Task(
    slug="segmentation",
    verb="segment",
    title="Segmentation",
    arguments=("a", "b=None"),
    inputs="one gray image in physical units (PET in SUV), or two: the anatomical (CT in HU) and the complementary one",
    output="a mask on the same grid",
    laws=("the result is a mask", "nothing is found in nothing"),
    example="thorax/pet-ct-lesions",
)

TASKS: Registry[Task] = Registry("task")
"""All tasks by slug."""

for _task in (FUSION, ENHANCEMENT, SYNTHESIS, SEGMENTATION):
    TASKS.add(_task.slug, _task)


DEFAULTS = {
    "fusion": "laplacian_pyramid",
    "enhancement": "nonlocal_means",
    "synthesis": "regression_synthesis",
    "segmentation": "threshold_segmentation",
}
"""The method that each verb takes when none is named."""


def as_task(task: Task | str) -> Task:
    """The task itself, or the one of that slug; an unknown slug suggests the nearest."""
    return task if isinstance(task, Task) else TASKS[task]
