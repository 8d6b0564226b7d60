"""Which library a result belongs to: a digest of everything that its value may depend on."""

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import medfuse_course.core.files as _files
from medfuse_course.core.files import data_path

_IRRELEVANT = ("plots", "widgets", "exercises", "grading", "publishing", "cli")
_PACKAGES = ("medfuse-course", "numpy", "scipy", "scikit-image", "PyWavelets", "torch")
_DATA = (".json", ".gz", ".npz", ".npy", ".png", ".safetensors")


@cache
def library_digest() -> str:
    """16 hex digits over the library's source, its shipped data and the versions of the packages it computes with.

    A version number alone would not do: a maintainer changes a method many times between two versions, and a result of
    the method before the change must not stand beside one after it. Read once in a process.
    """
    package = Path(_files.__file__).parents[1]
    digest = hashlib.sha256("\n".join(f"{name} {_version(name)}" for name in _PACKAGES).encode())
    for path in sorted(package.rglob("*.py")):
        inside = path.relative_to(package)
        if inside.parts[0] not in (*_IRRELEVANT, "data"):
            _add(digest, inside.as_posix(), path.read_bytes().replace(b"\r\n", b"\n"))
    data = data_path()
    for path in sorted(data.rglob("*")):
        if path.suffix in _DATA and path.name != "timings.json":
            _add(digest, path.relative_to(data).as_posix(), path.read_bytes())
    return digest.hexdigest()[:16]


def _add(digest: "hashlib._Hash", name: str, content: bytes) -> None:
    digest.update(f"\0{name}\0{len(content)}\0".encode())
    digest.update(content)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
