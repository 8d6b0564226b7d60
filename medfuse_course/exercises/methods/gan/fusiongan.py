"""What the content loss of FusionGAN asks for: who notices a loss, where the sources change over, and the best image.

``minimizer(a, b, xi)`` is the image F that makes ``mean (F - B)^2 + xi mean (lap F - lap A)^2`` as small as it can be,
where images go on periodically. In the Fourier domain it is ``(B + xi L^2 A) / (1 + xi L^2)`` with
``L = 2 cos u + 2 cos v - 4``.
"""

import math

import numpy as np

from medfuse_course.core.types import FloatArray, Image
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import images, off

XI = 5.0
CLOSE = 1e-4


def response(shape: tuple[int, ...]) -> FloatArray:
    """What the Laplacian multiplies each frequency with."""
    down, across = (2 * np.pi * np.fft.fftfreq(side) for side in shape)
    wave: FloatArray = 2 * np.cos(down)[:, None] + 2 * np.cos(across) - 4
    return wave


def minimizer(a: Image, b: Image, xi: float) -> FloatArray:
    """The image of smallest loss."""
    weight = 1 / (1 + xi * response(a.shape) ** 2)
    return _mixed(a, b, weight)


def _mixed(a: Image, b: Image, of_b: FloatArray, of_a: FloatArray | None = None) -> FloatArray:
    """Frequencies of b and a with these weights."""
    rest = 1 - of_b if of_a is None else of_a
    mixed: FloatArray = np.fft.ifft2(of_b * np.fft.fft2(b) + rest * np.fft.fft2(a)).real
    return mixed


def _bent(
    a: Image, b: Image, xi: float, *, turn: float = 2 * np.pi, of_down: float = 2.0, rest: float = 4.0
) -> FloatArray:
    """With a Laplacian that multiplies frequencies with something else."""
    down, across = (turn * np.fft.fftfreq(side) for side in a.shape)
    wave = of_down * np.cos(down)[:, None] + 2 * np.cos(across) - rest
    return _mixed(a, b, 1 / (1 + xi * wave**2))


def _loss(f: FloatArray, a: Image, b: Image, xi: float) -> float:
    return float(((f - b) ** 2).mean() + xi * (_laplacian(f - a) ** 2).mean())


def _laplacian(image: FloatArray) -> FloatArray:
    """With borders that go on periodically."""
    around = sum(np.roll(image, step, axis) for step in (1, -1) for axis in (0, 1))
    total: FloatArray = around - 4 * image
    return total


def _asked(answer: Attempt, a: Image, b: Image, xi: float = XI) -> FloatArray:
    return answer.image(a, b, xi)


def _shape(answer: Attempt) -> str | None:
    a, b = images("minimizer", "shape")
    _asked(answer, a, b)
    return None


def _equal(answer: Attempt) -> str | None:
    image = images("minimizer", "equal")[0]
    far = off(_asked(answer, image, image), image)
    return f"both sources are one image, and you are off by up to {far:.2g}" if far > CLOSE else None


def _brightness(answer: Attempt) -> str | None:
    a, b = images("minimizer", "brightness")
    found = float((_asked(answer, 0.5 * a, b) - b).mean())
    return f"the mean should be that of b, yours is off by {found:+.2g}" if abs(found) > CLOSE else None


def _without(answer: Attempt) -> str | None:
    a, b = images("minimizer", "without")
    far = off(_asked(answer, a, b, 0.0), b)
    return f"with xi = 0 only b counts, and you are off by up to {far:.2g}" if far > CLOSE else None


def _lowest(answer: Attempt) -> str | None:
    """Of several weights, and of images that are not square."""
    for number, xi in enumerate((0.5, XI, 40.0)):
        a, b = images("minimizer", "lowest", str(number), shape=(12, 17))
        found, best = _loss(_asked(answer, a, b, xi), a, b, xi), _loss(minimizer(a, b, xi), a, b, xi)
        if found > best * (1 + 1e-4):
            return f"with xi = {xi:g} the loss of your image is {found:.4g}, and there is one with {best:.4g}"
    return None


def _trials() -> tuple[tuple[Image, Image, float], ...]:
    a, b = images("minimizer", "trial")
    return (a, b, XI), (b, a, 2.0)


_MINIMIZER = Exercise(
    name="methods.gan.fusiongan.minimizer",
    kind="function",
    reference="medfuse_course.exercises.methods.gan.fusiongan:minimizer",
    properties=(
        Property("shape", _shape, "Return one real number for each pixel: the real part of the inverse transform."),
        Property("equal-sources", _equal, "If both sources are the same image, that image has the loss 0."),
        Property("brightness", _brightness, "The Laplacian of a constant is 0, so the mean is a matter of b alone."),
        Property("no-edges-asked", _without, "Without the second term the best image is b."),
        Property("lowest", _lowest, "Set the derivative of the loss at one frequency to 0, and solve for F."),
    ),
    trials=_trials,
    wrong=(
        WrongAnswer(
            "exchanged",
            lambda a, b, xi: minimizer(b, a, xi),
            "brightness",
            "You exchanged the sources: brightness should come from b, edges from a.",
        ),
        WrongAnswer(
            "not_squared",
            lambda a, b, xi: _mixed(a, b, 1 / (1 + xi * np.abs(response(a.shape)))),
            "lowest",
            "The loss has the square of the Laplacian, so L is squared in the weight, too.",
        ),
        WrongAnswer(
            "xi_squared",
            lambda a, b, xi: _mixed(a, b, 1 / (1 + (xi * response(a.shape)) ** 2)),
            "lowest",
            "Only L is squared in the loss; xi is not.",
        ),
        WrongAnswer(
            "forgot_xi",
            lambda a, b, xi: _mixed(a, b, 1 / (1 + response(a.shape) ** 2)),
            "no-edges-asked",
            "xi does not appear in your weight.",
        ),
        WrongAnswer(
            "xi_of_the_page",
            lambda a, b, xi: minimizer(a, b, XI),
            "no-edges-asked",
            "You always take 5. Take the argument xi.",
        ),
        WrongAnswer(
            "cycles",
            lambda a, b, xi: _bent(a, b, xi, turn=1.0),
            "lowest",
            "fftfreq gives cycles a pixel, and the cosine takes radians: multiply by 2 pi.",
        ),
        WrongAnswer(
            "one_direction",
            lambda a, b, xi: _bent(a, b, xi, of_down=0.0, rest=2.0),
            "lowest",
            "You have the Laplacian of waves along one direction. Here L = 2 cos u + 2 cos v - 4.",
        ),
        WrongAnswer(
            "minus_two",
            lambda a, b, xi: _bent(a, b, xi, rest=2.0),
            "brightness",
            "With two directions four neighbors count, so L ends in - 4, and is 0 for a constant.",
        ),
        WrongAnswer(
            "average",
            lambda a, b, xi: (a + b) / 2,
            "brightness",
            "A mean of the images has one weight for all frequencies. Here each frequency has its own.",
        ),
        WrongAnswer(
            "edges_added",
            lambda a, b, xi: _mixed(
                a, b, np.ones(a.shape), xi * response(a.shape) ** 2 / (1 + xi * response(a.shape) ** 2)
            ),
            "equal-sources",
            "You add the edges of a to all of b. The two weights of a frequency sum to 1.",
        ),
        WrongAnswer(
            "not_divided",
            lambda a, b, xi: _mixed(a, b, np.ones(a.shape), xi * response(a.shape) ** 2),
            "equal-sources",
            "The numerator is right; it is divided by 1 + xi L^2.",
        ),
    ),
)

_HALF = 1 / math.sqrt(XI)  # the Laplacian's magnitude where both sources weigh the same

_CROSSOVER = Exercise(
    name="methods.gan.fusiongan.crossover",
    kind="number",
    reference=2 * math.pi / math.acos(1 - _HALF / 2),
    tolerance=0.05,
    wrong=(
        WrongAnswer(
            "frequency",
            math.acos(1 - _HALF / 2),
            "value",
            "That is the frequency, in radians a pixel. A wavelength is 2 pi divided by it.",
        ),
        WrongAnswer(
            "not_squared",
            2 * math.pi / math.acos(1 - 1 / XI / 2),
            "value",
            "The weight has the square of the Laplacian: 5 L^2 = 1, so |L| is the root of 1/5.",
        ),
        WrongAnswer(
            "cycles",
            math.acos(1 - _HALF / 2) / (2 * math.pi),
            "value",
            "Those are waves a pixel. The wavelength is pixels a wave: one over it.",
        ),
        WrongAnswer(
            "one_cosine",
            2 * math.pi / math.acos(1 - _HALF),
            "value",
            "L is 2 cos u - 2, twice what you took.",
        ),
        WrongAnswer(
            "without_two_pi",
            1 / math.acos(1 - _HALF / 2),
            "value",
            "A wave repeats after 2 pi radians, not after one.",
        ),
        WrongAnswer(
            "degrees",
            2 * math.pi / math.degrees(math.acos(1 - _HALF / 2)),
            "value",
            "Your angle is in degrees. Take radians, or divide 360 by it.",
        ),
        WrongAnswer(
            "forgot_xi",
            2 * math.pi / math.acos(0.5),
            "value",
            "That is where the Laplacian is 1. Both weigh the same where 5 times its square is 1.",
        ),
    ),
)

_NOTICED = Exercise(
    name="methods.gan.fusiongan.noticed",
    kind="choice",
    reference="b",
    wrong=(
        WrongAnswer("a", "a", "choice", "The discriminator is shown MRI and fused images. It has never seen a PET."),
        WrongAnswer("c", "c", "choice", "The second term compares with the Laplacian of the MRI, which has no line."),
        WrongAnswer("d", "d", "choice", "One of the terms compares with the PET, pixel by pixel."),
    ),
)

EXERCISES = (_NOTICED, _CROSSOVER, _MINIMIZER)
