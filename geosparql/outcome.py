"""The outcome of a column of work: values, and why a row has none.

A row that cannot be computed is a null in the result, never a false and never
an exception; the reason is kept beside it so that a report can name it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """Values of n rows and the reasons for those nulls that an input's null does not explain.

    Parameters
    ----------
    values
        Length n: a numpy object array (None is null), or any other numpy or Arrow array.
    reasons
        Row number to the message that says why the row is null. A row whose input
        was already null has no reason.
    """

    values: Any
    reasons: Mapping[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        """Give the number of rows."""
        return len(self.values)
