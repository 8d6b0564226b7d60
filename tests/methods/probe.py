"""Numbers of a result that stand for all of it: ``python -m tests.methods.probe`` writes those of every network.

They were first written by an earlier implementation, in which each network had its own way through NumPy; so they hold
the adapter to what was there before it. After weights are made again they are written again.
"""

import json

import numpy as np

from medfuse_course.datasets import load_pair
from medfuse_course.methods import enhance, fuse, get_method, segment, synthesize
from medfuse_course.methods.catalogue import learned_methods
from medfuse_course.methods.weights import inspect, shipped_path
from tests.house import ROOT
from tests.quick_walks import few_steps

REFERENCE = ROOT / "tests/reference/networks.json"
PIXELS = ((3, 5), (20, 31), (40, 11), (55, 60), (70, 44))


def sources():
    """Two small gray images with odd sides, from the middle of a phantom."""
    pair = load_pair("head/mri-ct", seed=3, lesions=2)
    return [np.ascontiguousarray(image[90:167, 80:145]) for image in (pair.a, pair.b)]


VERBS = {"fusion": fuse, "enhancement": enhance, "synthesis": synthesize, "segmentation": segment}


def inputs(slug, images):
    """As many of the images as the method's verb takes, first ones first; of segmentation in HU and in SUV."""
    task = get_method(slug).task
    chosen = images[: len(task.arguments)]
    return [1500 * chosen[0] - 1000, 12 * chosen[1]] if task.slug == "segmentation" else chosen


def solve(slug, *images, **options):
    """What a method makes of two images, by the verb of its task: of one source where it takes one."""
    made = VERBS[get_method(slug).task.slug](*inputs(slug, images), method=slug, **options)
    return made.astype(np.float32) if made.dtype == bool else made


def probe(slug):
    """Some pixels of the result, its mean and its standard deviation."""
    result = solve(slug, *sources())
    return [round(float(x), 6) for x in (*(result[pixel] for pixel in PIXELS), result.mean(), result.std())]


def weights_of(slug):
    """Which weights the numbers belong to."""
    return inspect(shipped_path(slug)).provenance["sha256"][:16]


if __name__ == "__main__":
    known = json.loads(REFERENCE.read_text(encoding="utf8"))
    with few_steps():
        for method in learned_methods():
            known.setdefault(method.slug, {}).update(weights=weights_of(method.slug), probe=probe(method.slug))
    REFERENCE.write_text(json.dumps(known, indent=2) + "\n", encoding="utf8")
