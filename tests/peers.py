"""Other people's transforms, timed beside ours in the same run: what `make bench` shows as peers."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pywt
from numpy.typing import NDArray
from scipy import fft
from skimage.transform import pyramid_expand, pyramid_reduce

ROOT = Path(__file__).resolve().parents[1]
Image = NDArray[np.float32]

_DTCWT = """
import statistics, sys, time, warnings
warnings.simplefilter("ignore")
import dtcwt, numpy as np
image = np.random.default_rng(0).random((256, 256)).astype(np.float32)
transform = dtcwt.Transform2d(biort="legall", qshift="qshift_06")
def three():
    for _ in range(2): bands = transform.forward(image, nlevels=4)
    transform.inverse(bands)
three(); times = []
for _ in range(9):
    start = time.perf_counter(); three(); times.append(time.perf_counter() - start)
sys.stdout.write(str(1e3 * statistics.median(times)))
"""


def scikit_image_pyramid(a: Image, b: Image) -> None:
    """The steps of a 4-level pyramid: analysis of two images and one synthesis."""
    for image in (a, b, a):
        for _ in range(4):
            small = pyramid_reduce(image)
            pyramid_expand(small)
            image = small


def pywavelets_dwt(a: Image, b: Image) -> None:
    """Two analyses and a synthesis, 4 levels, Haar."""
    bands = [pywt.wavedec2(x, "db1", mode="periodization", level=4) for x in (a, b)]
    pywt.waverec2(bands[0], "db1", mode="periodization")


def pywavelets_swt(a: Image, b: Image) -> None:
    """The same without subsampling."""
    bands = [pywt.swt2(x, "db1", level=4, trim_approx=True, norm=True) for x in (a, b)]
    pywt.iswt2(bands[0], "db1", norm=True)


def plain_ffts(a: Image, b: Image) -> None:
    """What a directional transform of 48 bands cannot avoid: 96 inverse and 48 forward real FFTs."""
    spectra = [fft.rfft2(x) for x in (a, b)]
    for _ in range(48):
        for spectrum in spectra:
            band = fft.irfft2(spectrum, a.shape)
        fft.rfft2(band)


PEERS: dict[str, Callable[[Image, Image], None]] = {
    "peer: scikit-image pyramid steps": scikit_image_pyramid,
    "peer: PyWavelets dwt, 3 transforms": pywavelets_dwt,
    "peer: PyWavelets swt, 3 transforms": pywavelets_swt,
    "peer: 144 real FFTs": plain_ffts,
}


def dtcwt_ms() -> dict[str, Any]:
    """Three transforms of the Python dual-tree package, in an environment of its own: it wants NumPy below 2."""
    folder = ROOT / ".venv-compat" / "dtcwt"
    run = folder / "bin" / "python"
    if not run.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [run, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "dtcwt", "numpy<2", "setuptools<80"], check=True)
    said = subprocess.run([run, "-c", _DTCWT], check=True, capture_output=True, text=True).stdout
    return {"peer: dtcwt package, 3 transforms": round(float(said), 2)}
