"""Where the contrast of an MR image comes from: signal equations of two sequences."""

import math


def spin_echo_signal(density: float, t1_ms: float, t2_ms: float, *, tr_ms: float, te_ms: float) -> float:
    """Signal of a spin echo: ``density * (1 - exp(-TR / T1)) * exp(-TE / T2)``.

    With a long repetition time TR and a long echo time TE only tissues with a long T2 stay bright: T2 weighting. Valid
    for TE much shorter than TR.

    Parameters
    ----------
    density
        Proton density relative to water, >= 0.
    t1_ms, t2_ms
        Relaxation times in ms, > 0.
    tr_ms, te_ms
        Repetition and echo time in ms, >= 0.

    Returns
    -------
    The signal, between 0 and `density`.

    Raises
    ------
    ValueError
        A time or the density lies outside its range.

    Examples
    --------
    >>> from medfuse_course.physics import spin_echo_signal
    >>> round(spin_echo_signal(1.0, 800.0, 80.0, tr_ms=4000.0, te_ms=80.0), 3)
    0.365
    """
    _check(density, t1_ms, t2_ms, tr_ms, te_ms)
    return density * -math.expm1(-tr_ms / t1_ms) * math.exp(-te_ms / t2_ms)


def spoiled_echo_signal(
    density: float, t1_ms: float, t2_ms: float, *, tr_ms: float, te_ms: float, flip_degrees: float
) -> float:
    """Signal of a spoiled gradient echo, with ``E = exp(-TR / T1)``.

    ``density * sin(flip) * (1 - E) / (1 - E cos(flip)) * exp(-TE / T2)``

    A short TR at a flip angle well above the Ernst angle ``acos(E)``, where the signal is largest, makes tissues with a
    short T1 bright: T1 weighting.

    Parameters
    ----------
    density
        Proton density relative to water, >= 0.
    t1_ms, t2_ms
        Relaxation times in ms, > 0; strictly T2*, which a short TE makes unimportant.
    tr_ms, te_ms
        Repetition time, > 0, and echo time, >= 0, in ms.
    flip_degrees
        Flip angle in (0, 90] degrees.

    Returns
    -------
    The signal, between 0 and `density`.

    Raises
    ------
    ValueError
        A time, the angle or the density lies outside its range.

    Examples
    --------
    >>> from medfuse_course.physics import spoiled_echo_signal
    >>> round(spoiled_echo_signal(1.0, 800.0, 80.0, tr_ms=20.0, te_ms=4.0, flip_degrees=30.0), 3)
    0.076
    """
    _check(density, t1_ms, t2_ms, tr_ms, te_ms)
    if tr_ms == 0:
        raise ValueError("tr_ms: expected a number > 0, got 0; without a pause nothing recovers")
    if not 0 < flip_degrees <= 90:
        raise ValueError(f"flip_degrees: expected an angle in (0, 90], got {flip_degrees}")
    flip, recovery = math.radians(flip_degrees), math.exp(-tr_ms / t1_ms)
    return density * math.sin(flip) * (1 - recovery) / (1 - recovery * math.cos(flip)) * math.exp(-te_ms / t2_ms)


def _check(density: float, t1_ms: float, t2_ms: float, tr_ms: float, te_ms: float) -> None:
    for name, value in {"density": density, "tr_ms": tr_ms, "te_ms": te_ms}.items():
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"{name}: expected a number >= 0, got {value}")
    for name, value in {"t1_ms": t1_ms, "t2_ms": t2_ms}.items():
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"{name}: expected a number > 0 of ms, got {value}")
