"""What stands around a network in an exported file: grow, crop, clip, keep black. So the file is `fuse` on gray images.

The steps are written in ONNX's own text and put before and behind the network's, so that none of their sizes is fixed.
"""

from typing import Any

_BEFORE = """
before (float[1, 1, height, width] a, float[1, 1, height, width] b)
  => (float[1, 1, H, W] a_grown, float[1, 1, H, W] b_grown)
{{
  size = Shape<start: int = 2>(a)
  multiple = Constant<value_ints: ints = [{multiple}, {multiple}]>()
  less = Neg(size)
  more = Mod(less, multiple)
  none = Constant<value_ints: ints = [0, 0, 0, 0, 0, 0]>()
  margins = Concat<axis: int = 0>(none, more)
  a_grown = Pad<mode: string = "reflect">(a, margins)
  b_grown = Pad<mode: string = "reflect">(b, margins)
}}
"""
_CROP = """
  corner = Constant<value_ints: ints = [0, 0]>()
  sides = Constant<value_ints: ints = [2, 3]>()
  cropped = Slice(drawn, corner, size, sides)
"""
_BEHIND = """
behind (float[1, 1, height, width] a, float[1, 1, height, width] b, float[1, 1, H, W] drawn, int64[2] size)
  => (float[1, 1, height, width] fused)
{{
  zero = Constant<value_float: float = 0.0>()
  one = Constant<value_float: float = 1.0>()
  {crop}
  clipped = Clip({drawn}, zero, one)
  a_black = Equal(a, zero)
  b_black = Equal(b, zero)
  black = And(a_black, b_black)
  fused = Where(black, zero, clipped)
}}
"""
_OURS, _SHARED = "around.", {"a", "b", "drawn", "fused"}


def put_around(model: Any, multiple: int) -> Any:
    """A model ``(a, b) -> drawn`` for sides that are multiples of `multiple`, as one for images of any size.

    Parameters
    ----------
    model
        An ``onnx.ModelProto`` with inputs ``a`` and ``b`` and output ``drawn``; it is changed.
    multiple
        Of which both sides must be: images are grown by reflection, down and to the right, and cropped again.

    Returns
    -------
    The same model, with output ``fused``: clipped to [0, 1], and 0 where both sources are exactly 0.
    """
    graph, grows = model.graph, multiple > 1
    before = _steps(_BEFORE.format(multiple=multiple)) if grows else None
    behind = _steps(_BEHIND.format(crop=_CROP if grows else "", drawn="cropped" if grows else "drawn"))
    if grows:
        for node in graph.node:
            node.input[:] = [{"a": _OURS + "a_grown", "b": _OURS + "b_grown"}.get(name, name) for name in node.input]
    inside = list(graph.node)
    del graph.node[:], graph.input[:], graph.output[:], graph.value_info[:]
    graph.node.extend([*(before.node if before else ()), *inside, *behind.node])
    graph.input.extend(behind.input[:2])
    graph.output.extend(behind.output)
    return model


def _steps(text: str) -> Any:
    """A graph from its text, with names of its own for what lies between, which no network's names meet."""
    from onnx import parser

    steps = parser.parse_graph(text)
    for node in steps.node:
        for names in (node.input, node.output):
            names[:] = [name if name in _SHARED else _OURS + name for name in names]
    return steps
