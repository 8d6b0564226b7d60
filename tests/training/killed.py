"""A run that is killed, and taken up again."""

from pathlib import Path

import pytest
import torch

from medfuse_course.training import Recipe, Trained, train


def ends_where_it_would_have_ended(recipe: Recipe, folder: Path, stop: int, profile: str | None = None) -> Trained:
    """Train at a stretch, and again with a kill at a step; all weights must be the same, bit for bit.

    Returns
    -------
    The run at a stretch.
    """

    def kill(record):
        if record.number == stop:
            raise KeyboardInterrupt

    whole = train(recipe, profile=profile)
    with pytest.raises(KeyboardInterrupt):
        train(recipe, profile=profile, folder=folder, callbacks=[kill])
    again = train(recipe, profile=profile, folder=folder)
    for name, tensor in whole.whole.state_dict().items():
        assert torch.equal(tensor, again.whole.state_dict()[name]), name
    assert whole.history[-1].watched == again.history[-1].watched
    return whole
