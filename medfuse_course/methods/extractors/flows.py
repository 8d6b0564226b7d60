"""What the methods of this family do, step by step: the flowcharts of their sections."""

from medfuse_course.methods.flow import Flow

FLOWS: dict[str, Flow] = {}
