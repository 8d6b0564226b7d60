"""Multiscale transforms: ``analyse(image) -> bands``, ``synthesise(bands) -> image``.

A transform knows nothing of a second image and nothing of fusion rules.
"""
