"""Stand-ins for a siamese network, whose answer is known."""

import numpy as np
import torch


def always(build, weight):
    """A network whose scores give `a` the same weight everywhere."""
    network = build("course").eval()
    score = torch.log(torch.tensor([1 - weight, weight])).reshape(1, 2, 1, 1)

    def scores(a, b):
        rows, columns = (-(-n // network.stride) - 16 // network.stride + 1 for n in a.shape[-2:])
        return score.expand(len(a), 2, rows, columns)

    network.scores = scores
    return network


def noise(seed: int, shape: tuple[int, ...] = (40, 37)) -> np.ndarray:
    """Even in [0, 1]."""
    return np.random.default_rng(seed).random(shape, dtype=np.float32)
