"""What the answers to open challenges do, step by step: one `Flow` for each, in the order of the course."""

from medfuse_course.methods.flow import Flow

FLOWS: dict[str, Flow] = {}
