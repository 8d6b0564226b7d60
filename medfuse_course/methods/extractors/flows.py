"""What the methods of deep features do, step by step: one `Flow` for each, in the order of the course."""

from medfuse_course.methods.flow import Flow, Training

PRETEXT = Training("patches of textures and modalities", "of which kind each one is", {"kind": ("cross_entropy",)})
"""How the course's own trunks learned; a method has no part in it."""

FLOWS: dict[str, Flow] = {}
