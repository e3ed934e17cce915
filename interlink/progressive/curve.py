"""How fast a run finds its links: recall along the verifications, as one curve and one number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.join_geometries import Floats, Integers


@dataclass(frozen=True, slots=True)
class Curve:
    """Outcome of each verification in order, and when each batch ended.

    `ends` are the numbers of verifications after each batch, `cpu_s` the CPU seconds
    spent on verifications by then, `elapsed_s` all seconds since the run began.
    """

    linked: npt.NDArray[np.bool_]
    ends: Integers
    cpu_s: Floats
    elapsed_s: Floats

    @property
    def verifications(self) -> int:
        """Give how many pairs were verified."""
        return len(self.linked)

    @property
    def links(self) -> int:
        """Give how many of them are linked."""
        return int(self.linked.sum())

    def progressive_recall(self, total: int | None = None) -> float:
        """Give the Progressive Geometry Recall: the mean recall over all verifications.

        `total` is the number of pairs that are linked among all candidates; None: those
        found. It is 0 where there is none.
        """
        total = self.links if total is None else total
        if not total or not self.verifications:
            return 0.0
        return float(np.cumsum(self.linked).mean() / total)

    def found_after(self, cpu_s: float) -> float:
        """Give the links found in so many CPU seconds of verification, batches parted evenly."""
        found = np.append(0, np.cumsum(self.linked))
        verified = np.interp(cpu_s, np.append(0.0, self.cpu_s), np.append(0, self.ends))
        return float(np.interp(verified, np.arange(len(found)), found))

    def steps(self, parts: int = 10) -> list[tuple[int, int]]:
        """Give (verifications, links found by then) at equal steps."""
        found = np.append(0, np.cumsum(self.linked))
        marks = np.unique(np.linspace(0, self.verifications, parts + 1).astype(np.int64))[1:]
        return [(int(mark), int(found[mark])) for mark in marks]
