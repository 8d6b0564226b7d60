"""Fusion methods: declarations, found by slug and run by `fuse`.

A declaration is data; the file it points at is imported when the method is first used, so listing imports no torch.
"""

from medfuse_course.methods.adapter import fuse, fuse_stack
from medfuse_course.methods.base import Method
from medfuse_course.methods.registry import get_method, list_methods

__all__ = ["Method", "fuse", "fuse_stack", "get_method", "list_methods"]
