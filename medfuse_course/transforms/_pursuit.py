"""The loop of orthogonal matching pursuit, on many signals at a time."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from medfuse_course.core.types import FloatArray


@dataclass
class Pursuit:
    """The signals of one chunk that still go on, a row each, and what is known of them after k atoms.

    Attributes
    ----------
    row
        Where each signal's code lies in the result.
    signals, enough
        The signals, and the length of the rest at which each of them stops.
    correlation
        Inner products of each signal with all atoms.
    taken
        Numbers of the atoms taken so far; the columns from k on are not used yet.
    inverse
        ``L^-1`` for the Cholesky factor ``L L^T`` of the Gram matrix of the atoms taken, in its leading k rows.
    """

    row: NDArray[np.intp]
    signals: FloatArray
    enough: FloatArray
    correlation: FloatArray
    taken: NDArray[np.intp]
    inverse: FloatArray

    def select(self, on: NDArray[np.bool_]) -> "Pursuit":
        """The signals where `on` is True."""
        return Pursuit(*(getattr(self, part.name)[on] for part in fields(self)))

    def take(self, k: int, atom: NDArray[np.intp], gram: FloatArray) -> None:
        """Take one more atom for each signal: its number, and its row of ``L^-1``.

        With ``products`` the new atom's inner products with the k atoms before it, the new row of L is
        ``row = L^-1 products`` and ``height = sqrt(1 - |row|^2)``, because atoms have length 1.
        """
        self.taken[:, k] = atom
        known = self.inverse[:, :k, :k]
        products = gram[self.taken[:, :k], atom[:, None]]
        row = np.einsum("nij,nj->ni", known, products)
        height = np.sqrt(np.maximum(1 - (row * row).sum(axis=1), np.finfo(row.dtype).eps))
        self.inverse[:, k, :k] = -np.einsum("ni,nij->nj", row, known) / height[:, None]
        self.inverse[:, k, k] = 1 / height

    def fit(self, count: int) -> FloatArray:
        """The least-squares codes of the atoms taken: ``L^-T L^-1`` times their correlations with the signal."""
        inverse, atoms = self.inverse[:, :count, :count], self.taken[:, :count]
        half = np.einsum("nij,nj->ni", inverse, np.take_along_axis(self.correlation, atoms, axis=1))
        code = np.zeros_like(self.correlation)
        np.put_along_axis(code, atoms, np.einsum("nij,ni->nj", inverse, half), axis=1)
        return code


def pursue(signals: FloatArray, columns: FloatArray, gram: FloatArray, atoms: int, eps: float) -> FloatArray:
    """`sparse_coding.orthogonal_matching_pursuit` of a chunk. Signals that are done leave, the others go on."""
    codes = np.zeros((len(signals), columns.shape[1]), signals.dtype)
    length = np.linalg.norm(signals, axis=1)
    everything = Pursuit(
        row=np.arange(len(signals)),
        signals=signals,
        enough=np.maximum(eps, 50 * np.finfo(signals.dtype).eps * length),
        correlation=signals @ columns,
        taken=np.zeros((len(signals), atoms), np.intp),
        inverse=np.zeros((len(signals), atoms, atoms), signals.dtype),
    )
    going = everything.select(length > everything.enough)
    of_rest = going.correlation
    for k in range(atoms):
        going.take(k, np.abs(of_rest).argmax(axis=1), gram)
        code = going.fit(k + 1)
        codes[going.row] = code
        rest = going.signals - code @ columns.T
        unfinished = np.linalg.norm(rest, axis=1) > going.enough
        if not unfinished.any():
            break
        going = going.select(unfinished)
        of_rest = rest[unfinished] @ columns
        # The rest is orthogonal to the atoms taken, but for rounding; no atom may be taken twice.
        np.put_along_axis(of_rest, going.taken[:, : k + 1], 0, axis=1)
    return codes
