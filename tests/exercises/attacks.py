"""Answers that are not what was asked, made from the solution: what a check must see through.

Those on networks change one that the solution makes, and its methods; they import PyTorch when one is made.
"""

import copy
from collections.abc import Callable
from types import MethodType
from typing import Any

import numpy as np
from scipy import ndimage

Function = Callable[..., Any]


def _results(change: Callable[[Any], Any]) -> Callable[[Function], Function]:
    """The solution with every array of its result changed; a word stays what it is."""

    def attack(solution: Function) -> Function:
        def answer(*arguments: Any) -> Any:
            result = solution(*arguments)
            if isinstance(result, str):
                return result
            return tuple(map(change, result)) if isinstance(result, tuple) else change(result)

        return answer

    return attack


def _arguments(change: Callable[[Any], Any]) -> Callable[[Function], Function]:
    """The solution of changed arrays."""

    def attack(solution: Function) -> Function:
        return lambda *arguments: solution(*(change(x) if _is_floats(x) else x for x in arguments))

    return attack


def _is_floats(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype.kind in "fc"


def _border(x: Any) -> Any:
    """The outermost pixels taken from beside them."""
    if np.ndim(x) < 2 or min(np.shape(x)[-2:]) < 4:
        return x
    around = [(0, 0)] * (np.ndim(x) - 2) + [(1, 1)] * 2
    return np.pad(x[..., 1:-1, 1:-1], around, mode="edge")


def _smooth(x: Any) -> Any:
    return ndimage.uniform_filter(x, (1,) * (x.ndim - 2) + (3, 3)[: x.ndim]) if x.dtype.kind == "f" else x


def _cast(kind: str) -> Callable[[Any], Any]:
    return lambda x: np.asarray(x, kind)[()] if np.asarray(x).dtype.kind == "f" else x


def _only_tiny(solution: Function) -> Function:
    """Right on a handful of values, and nothing on more."""

    def answer(*arguments: Any) -> Any:
        result = solution(*arguments)
        big = max(np.size(x) for x in arguments) > 16
        if not big:
            return result
        return tuple(map(np.zeros_like, result)) if isinstance(result, tuple) else np.zeros_like(result)

    return answer


def _one_for_all(x: Any) -> Any:
    return np.full_like(x, np.asarray(x).mean() if np.asarray(x).dtype.kind in "fc" else True)


REFUSED = {
    "only_tiny": _only_tiny,
    "zeros": _results(np.zeros_like),
    "one_value_for_all": _results(_one_for_all),
    "global_mean_of_the_input": _arguments(_one_for_all),
    "smoothed_input": _arguments(_smooth),
    "three_digits": _results(lambda x: np.round(x, 3) if np.asarray(x).dtype.kind in "fc" else ~x),
    "half_precision": _results(_cast("float16")),
    "turned": _results(lambda x: np.roll(x, 1) if np.size(x) > 1 else x + 1),
}
"""Must be refused wherever they change anything."""

ANY = {
    "border": _results(_border),
    "float32": _results(_cast("float32")),
    "float64": _results(_cast("float64")),
    "float32_within": _arguments(_cast("float32")),
    "rounding_noise": _results(
        lambda x: (
            x + x.dtype.type(4e-6) * np.cos(np.arange(x.size)).reshape(x.shape).astype(x.dtype) if _is_floats(x) else x
        )
    ),
}
"""May be refused or not; where they pass the page goes on."""


def _methods(**changes: Callable[[Any, Function], Function]) -> Callable[[Function], Function]:
    """A network with other methods; each change takes the network and the method, and returns the one in its place."""

    def attack(solution: Function) -> Function:
        def make() -> Any:
            network = solution()
            for name, change in changes.items():
                function = change(network, getattr(network, name))
                setattr(network, name, MethodType(lambda self, *given, function=function: function(*given), network))
            return network

        return make

    return attack


def _forward(change: Callable[[Any], Any]) -> Callable[[Function], Function]:
    return _methods(forward=lambda network, forward: lambda *images: change(forward(*images)))


def _through_numpy(x: Any) -> Any:
    import torch

    return torch.from_numpy(x.detach().numpy())


def _batch(change: Callable[..., Any]) -> Callable[[Function], Function]:
    """The step, on something else than its batch."""
    return _methods(step=lambda network, step: lambda optimizer, *batch: step(optimizer, *change(*batch)))


def _own_optimizer(network: Any, step: Function) -> Function:
    def stepped(optimizer: Any, *batch: Any) -> Any:
        import torch

        return step(torch.optim.Adam(network.parameters()), *batch)

    return stepped


def _back_to_start(network: Any, step: Function) -> Function:
    """The number is right, and the weights are put back."""

    def stepped(optimizer: Any, *batch: Any) -> Any:
        before = copy.deepcopy(network.state_dict())
        said = step(optimizer, *batch)
        network.load_state_dict(before)
        return said

    return stepped


def _backward_twice(network: Any, step: Function) -> Function:
    def stepped(optimizer: Any, *batch: Any) -> Any:
        step(optimizer, *batch)
        return step(optimizer, *batch)

    return stepped


def _idle_layer(solution: Function) -> Function:
    def make() -> Any:
        import torch

        network = solution()
        network.idle = torch.nn.Linear(30, 30)
        return network

    return make


NETWORKS_REFUSED = {
    "constant": _forward(lambda x: 0 * x),
    "through_numpy": _forward(_through_numpy),
    "detached_output": _forward(lambda x: x.detach()),
    "double": _forward(lambda x: x.double()),
    "one_for_the_batch": _forward(lambda x: x * 0 + x.mean()),
    "one_axis_more": _forward(lambda x: x[..., None]),
    "detached_loss": _methods(loss=lambda network, loss: lambda *given: loss(*given).detach()),
    "number_for_a_loss": _methods(loss=lambda network, loss: lambda *given: loss(*given).item()),
    "half_the_loss": _methods(loss=lambda network, loss: lambda *given: loss(*given) / 2),
    "summed_loss": _methods(loss=lambda network, loss: lambda x, y: loss(x, y) * x.numel()),
    "loss_of_the_first": _methods(loss=lambda network, loss: lambda x, y: loss(x[:1], y[:1])),
    "back_to_start": _methods(step=_back_to_start),
    "own_optimizer": _methods(step=_own_optimizer),
    "two_steps": _methods(step=_backward_twice),
    "last_row_dropped": _batch(lambda *batch: (x[:-1] for x in batch)),
    "first_source_twice": _batch(lambda a, b, target: (a, a, target)),
    "says_nothing": _methods(step=lambda network, step: lambda *given: step(*given) and None),
    "says_zero": _methods(step=lambda network, step: lambda *given: 0.0 * step(*given)),
    "idle_layer": _idle_layer,
    "a_network_for_a_class": lambda solution: solution(),
    "no_network": lambda solution: lambda: solution().forward,
}
"""On exercises whose answer makes a network: must be refused wherever they change anything."""


def _frozen_extra(solution: Function) -> Function:
    def make() -> Any:
        import torch

        network = solution()
        network.register_buffer("seen", torch.zeros(3))
        network.scale = torch.nn.Parameter(torch.ones(2, 2), requires_grad=False)
        return network

    return make


def _last_layer_at_zero(solution: Function) -> Function:
    def make() -> Any:
        import torch

        network = solution()
        last = [x for x in network.modules() if isinstance(x, torch.nn.Linear | torch.nn.Conv2d)][-1]
        torch.nn.init.zeros_(last.weight)
        return network

    return make


def _in_training(network: Any, step: Function) -> Function:
    return lambda *given: (network.train(), step(*given))[1]


NETWORKS_ANY = {
    "number_as_a_tensor": _methods(
        step=lambda network, step: lambda *given: next(network.parameters()).new_tensor(step(*given))
    ),
    "frozen_extra": _frozen_extra,
    "last_layer_at_zero": _last_layer_at_zero,
    "train_in_step": _methods(step=_in_training),
}
"""The same, of those that may pass; where they do the page goes on."""
