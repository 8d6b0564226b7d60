import numpy as np
import pytest

from medfuse_course.core.random import generator


def test_a_stream_repeats():
    assert generator(3, "head", 7).random() == generator(3, "head", 7).random()


def test_reference_value():
    # numpy.random.default_rng([3, zlib.crc32(b"head")]), computed without this library
    assert generator(3, "head").integers(10**9) == np.random.default_rng([3, 2817783452]).integers(10**9)


@pytest.mark.parametrize("other", [(4, "head"), (3, "tail"), (3, "head", 1), (3,)])
def test_streams_differ(other):
    assert generator(3, "head").random() != generator(*other).random()


@pytest.mark.parametrize("seed", [-1, 1.5, "3", True, None])
def test_a_bad_seed_is_named(seed):
    with pytest.raises(ValueError, match="seed: expected a non-negative integer"):
        generator(seed)
