"""Install the CPU build of PyTorch where that is what a reader wants, before the rest of the lock is installed.

    python tools/cpu_torch.py torch==2.13.0

On Linux the default index holds builds for CUDA, of several GB. This asks PyTorch's own index for the CPU build, unless
the machine has an NVIDIA GPU or pip is already told where to look: a place of the reader's own knows better. It is
asked once, for this package alone and for a few seconds. As one more index for the whole lock, a host that does not
answer would cost as much for every package. If it does not answer, nothing is installed here, and the version of the
lock comes from the default index.
"""

import platform
import re
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version

INDEX = "https://download.pytorch.org/whl/cpu"
PATIENCE_S = 15
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]


def wants_cpu_build(system: str, machine: str, has_gpu: bool, pip_settings: str) -> bool:
    """Whether the CPU build is to be asked for.

    Parameters
    ----------
    system, machine
        As `platform` names them. Elsewhere than on Linux the default index holds CPU builds already.
    has_gpu
        Whether there is an NVIDIA driver.
    pip_settings
        What ``pip config list`` prints: files and environment variables.
    """
    own_place = re.search(r"^[^=]*\.(?:extra-index-url|index-url|find-links|no-index)=", pip_settings, re.M)
    return system == "Linux" and machine in {"x86_64", "aarch64"} and not has_gpu and not own_place


def is_installed(requirement: str) -> bool:
    """Whether the package is here in that version, in any build: ``2.13.0+cpu`` is ``2.13.0``."""
    name, _, wanted = requirement.partition("==")
    try:
        return version(name).split("+")[0] == wanted
    except PackageNotFoundError:
        return False


def index_answers(requirement: str, index: str = INDEX, patience_s: float = PATIENCE_S) -> bool:
    """Whether the index lists the package, within the given seconds for all its addresses together."""
    name, _, wanted = requirement.partition("==")
    ask = [*PIP, "--retries", "0", "--timeout", "5", "index", "versions", name, "--index-url", index]
    try:
        done = subprocess.run(ask, capture_output=True, text=True, timeout=patience_s, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0 and re.search(rf"\b{re.escape(wanted)}\b", done.stdout) is not None


def main(requirement: str) -> int:
    """Install the CPU build, or say why not; nothing that goes wrong here stops the set-up."""
    settings = subprocess.run([*PIP, "config", "list"], capture_output=True, text=True, check=False).stdout
    has_gpu = shutil.which("nvidia-smi") is not None
    if is_installed(requirement) or not wants_cpu_build(platform.system(), platform.machine(), has_gpu, settings):
        return 0
    if not index_answers(requirement):
        sys.stdout.write(f"{INDEX} does not offer {requirement} now; it comes from the default index.\n")
        return 0
    # Without its dependencies: these follow from the lock.
    install = [*PIP, "install", "--quiet", "--no-deps", "--index-url", INDEX, requirement]
    if subprocess.run(install, check=False).returncode:
        sys.stdout.write(f"The CPU build of {requirement} could not be installed; it comes from the default index.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
