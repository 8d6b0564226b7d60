"""A reader's own function or network as a method: `fuse` and the benchmark treat it as one of the library's."""

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import numpy as np

from medfuse_course.core.types import Image
from medfuse_course.methods.base import RUN_OPTIONS, Family, Method
from medfuse_course.methods.catalogue import get_method


@dataclass(frozen=True, eq=False)
class OwnMethod(Method):
    """A method that no table of contents declares.

    Attributes
    ----------
    run
        A function ``(a, b, **options)`` of two gray images ``(H, W)`` that returns a third, or a `torch.nn.Module`
        whose ``forward(a, b, **options)`` does so for tensors ``(N, 1, H, W)``. One with an attribute ``color_native``
        that is true gets RGB as it comes.
    """

    run: Callable[..., Any] = np.maximum

    def load(self) -> Callable[..., Any]:
        """The function, or one that runs the network as `learned` runs all."""
        self._check_takes_two()
        run = partial(_through, self.run) if _is_network(self.run) else self.run
        return partial(_checked, self.slug, run)

    @property
    def options(self) -> dict[str, Any]:
        """Options and their defaults: what the function, or ``forward``, takes after its two images.

        A network also takes a precision and, if it says how far it looks, a tile.
        """
        own = [p for p in (self._parameters() or [])[2:] if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
        found = {p.name: None if p.default is p.empty else p.default for p in own}
        return found | RUN_OPTIONS if _is_network(self.run) else found

    def _parameters(self) -> list[inspect.Parameter] | None:
        """What the function, or ``forward``, takes; None where it does not tell (a ufunc of an older NumPy)."""
        written = self.run.forward if _is_network(self.run) else self.run  # type: ignore[attr-defined]
        try:
            return list(inspect.signature(written).parameters.values())
        except ValueError:
            return None

    def _check_takes_two(self) -> None:
        """Say that one image is too few before Python does, in other words."""
        taken = self._parameters()
        if taken is None or any(p.kind is p.VAR_POSITIONAL for p in taken):
            return
        first = [p.name for p in taken if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        if len(first) < 2:
            what = "forward" if _is_network(self.run) else "a function"
            raise TypeError(
                f"{self.slug}: expected {what} of two images, got one of ({', '.join(first)}); "
                "let it take both sources, a and b"
            )


def as_method(method: Any, name: str = "") -> Method:
    """The declaration behind what a caller names: a slug, a `Method`, or a function or network of the caller's own.

    Parameters
    ----------
    method
        Which.
    name
        What messages and tables call a method of the caller's own; the name of its function or class by default.

    Returns
    -------
    The declaration; of a function or network of the caller's own, an `OwnMethod`.

    Raises
    ------
    TypeError, ValueError
        Not one of these, or an unknown slug.
    """
    if isinstance(method, Method):
        return method
    if isinstance(method, str):
        return get_method(method)
    if isinstance(method, type) or not callable(method):
        raise TypeError(
            f"{name or 'method'}: expected a name from list_methods, a function of two images or a torch.nn.Module, "
            f"got {_kind(method)}"
        )
    title = name or getattr(method, "__name__", type(method).__name__)
    return OwnMethod(
        slug=title,
        title=title,
        family=cast(Family, "own"),
        where="",
        citation="",
        evidence="course",
        summary="",
        color_native=bool(getattr(method, "color_native", False)),
        run=method,
    )


def _is_network(run: Any) -> bool:
    torch = sys.modules.get("torch")  # whoever has a network has imported it
    return torch is not None and isinstance(run, torch.nn.Module)


def _kind(value: Any) -> str:
    """What a value is that is no method, and what may have been meant."""
    if isinstance(value, type):
        return f"the class {value.__name__}; give an instance of it"
    return f"{type(value).__name__}{'; give its network' if _is_network(getattr(value, 'network', None)) else ''}"


def _through(network: Any, a: Image, b: Image, **options: Any) -> Image:
    from medfuse_course.methods.learned import run_network

    modes = [(module, module.training) for module in network.modules()]
    network.eval()
    try:
        return run_network(network, a, b, **options)
    finally:
        for module, training in modes:
            module.training = training


def _checked(name: str, run: Callable[..., Any], a: Image, b: Image, **options: Any) -> Image:
    fused = np.asarray(
        run(a.copy(), b.copy(), **options)
    )  # a function that works in place must not change its caller's
    wanted = max(a.shape, b.shape, key=len)
    floats = fused.dtype.kind == "f"
    if fused.shape != wanted or not floats or not np.isfinite(fused).all():
        odd = " with NaN or infinite values" if floats and fused.shape == wanted else ""
        raise ValueError(
            f"{name}: expected a finite image of shape {wanted}, got {fused.dtype} of shape {fused.shape}{odd}; "
            "return an array of floats in [0, 1]"
        )
    return fused
