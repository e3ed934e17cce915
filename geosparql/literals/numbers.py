"""Numbers in XML literals: read strictly, written so that the same double comes back."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from geosparql.errors import LiteralError


def read_numbers(text: str, where: str, separator: str | None = None) -> list[float]:
    """Read numbers between separators.

    Parameters
    ----------
    text
        The numbers; at least one where `separator` is given.
    where
        The place of the text, for messages.
    separator
        What stands between two numbers; None is white space.

    Raises
    ------
    LiteralError
        A token is no number, or not a finite one; its running number is stated.
    """
    tokens = text.split(separator)
    try:
        numbers = [float(token) for token in tokens]
    except ValueError:
        numbers = []
    if len(numbers) == len(tokens) and "_" not in text and all(map(math.isfinite, numbers)):
        return numbers
    number, token = next((n, t) for n, t in enumerate(tokens, 1) if not _is_number(t))
    raise LiteralError("This is no finite number", where=f"{where}, number {number}", value=token)


def _is_number(token: str) -> bool:
    try:
        return math.isfinite(float(token)) and "_" not in token
    except ValueError:
        return False


def write_numbers(numbers: Iterable[float], separator: str = " ") -> str:
    """Write numbers as the shortest plain decimals that read back as the same doubles.

    No exponent is written: some readers of coordinates misread it.

    Raises
    ------
    LiteralError
        A number is not finite.
    """
    return separator.join(map(_number_text, numbers))


def _number_text(number: float) -> str:
    text = repr(float(number))
    if text.endswith(".0"):
        return text[:-2]
    if "e" in text:
        return np.format_float_positional(number, trim="-")
    if not math.isfinite(number):
        raise LiteralError("A coordinate is not finite and has no text", value=text)
    return text
