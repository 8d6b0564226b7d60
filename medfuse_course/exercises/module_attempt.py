"""A learner's network, asked safely: whatever its methods do, the check has one sentence for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from medfuse_course.exercises.attempt import Attempt, Refused, refusing


@contextmanager
def seeded() -> Iterator[None]:
    """The same random numbers every time, and the learner's own afterwards."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def made(answer: Attempt) -> Any:
    """A fresh network of the answer, always the same; raise `Refused` where there comes none."""
    from torch import nn

    if isinstance(answer.function, nn.Module):
        raise Refused("it is a network already, made once; pass the class itself, without brackets")
    with seeded():
        network = answer.call()
    if not isinstance(network, nn.Module):
        raise Refused(f"it made {type(network).__name__}, not a network: is it a class of nn.Module?")
    return network


def ask(network: Any, method: str, *given: Any) -> Any:
    """What a method of the network returns; raise `Refused` with one sentence where that goes wrong."""
    import torch

    tensors = [x for x in given if isinstance(x, torch.Tensor)]
    before = [x.detach().clone() for x in tensors]
    asked = network if method == "forward" else getattr(network, method, None)
    if asked is None:
        raise Refused(f"it has no {method}()")
    with refusing(f"{method}()"), seeded():
        try:
            result = asked(*given)
        except NotImplementedError as error:
            raise Refused(f"{method}() is not written yet") from error
    if not all(torch.equal(x.detach(), y) for x, y in zip(tensors, before, strict=True)):
        raise Refused(f"{method}() changed its own input; write an expression, not an operation in place")
    if result is None:
        raise Refused(f"{method}() returned None; is the return statement there?")
    return result


def output(network: Any, *images: Any, shape: tuple[int, ...]) -> Any:
    """The numbers that forward returns: a tensor of finite float32 of this shape, without its way back."""
    result = ask(network, "forward", *images)
    _tensor(result, "forward()", shape)
    return result.detach()


def loss_of(network: Any, made_of: Any, target: Any) -> Any:
    """What loss returns: a tensor that is one number."""
    result = ask(network, "loss", made_of, target)
    _tensor(result, "loss()", ())
    return result


def _tensor(result: Any, who: str, shape: tuple[int, ...]) -> None:
    import torch

    if not isinstance(result, torch.Tensor):
        raise Refused(f"{who} returned {type(result).__name__}, not a tensor: the way back to the layers is lost")
    if tuple(result.shape) != shape:
        wanted = f"the shape {shape}" if shape else "one number, of shape ()"
        raise Refused(f"{who} returned the shape {tuple(result.shape)}, not {wanted}")
    if result.dtype != torch.float32:
        raise Refused(f"{who} returned {result.dtype}, not torch.float32")
    if not torch.isfinite(result).all():
        raise Refused(f"{who} returned NaN or infinite values")
