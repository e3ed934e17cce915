"""Where a CSV file may be cut: where a row ends, which a line end inside of quotes is not."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

PART_BYTES = 8 << 20
BLOCK_BYTES = 1 << 20
PLAIN = ("ascii", "utf-8", "iso8859", "cp125", "koi8")
"""Beginnings of the names of encodings in which a byte of ASCII always stands for itself."""


@dataclass(frozen=True, slots=True)
class Range:
    """The bytes of some rows, and the number of the first of them; `end` None: all the others."""

    start: int = 0
    end: int | None = None
    row: int = 0


WHOLE = Range()


class _NotCutError(Exception):
    """Rows do not end where it seems, so that the file must be read in one go."""


def ranges_of(
    path: Path, encoding: str, delimiter: str, quote: str | None, *, header: bool
) -> list[Range]:
    """Cut a file into ranges of whole rows, all but the last of some `PART_BYTES`.

    Parameters
    ----------
    path
        A file that is not compressed; it is looked through once where it is large.
    encoding, delimiter
        Of its text and its cells.
    quote
        Stands around cells, doubled for itself.
    header
        Whether the first row is one.

    Returns
    -------
    list of Range
        One where the file is small, or where it is not certain which line ends are ends
        of rows: in encodings that are no ASCII, where quotes stand in the midst of a cell
        or are never closed, and where lines end at carriage returns alone.
    """
    size = path.stat().st_size
    is_plain = codecs.lookup(encoding).name.startswith(PLAIN)
    if size <= PART_BYTES or not is_plain or not (delimiter + (quote or "")).isascii():
        return [WHOLE]
    try:
        cuts = [cut for cut in _cuts(path, delimiter, quote) if cut[0] < size]
    except _NotCutError:
        return [WHOLE]
    starts = [(0, int(header)), *cuts]
    ends = [*(start for start, _ in cuts), None]
    return [Range(at, end, rows - header) for (at, rows), end in zip(starts, ends, strict=True)]


def _cuts(path: Path, delimiter: str, quote: str | None) -> Iterator[tuple[int, int]]:
    """Give the first row that begins after each so many bytes: its byte, and the rows before it."""
    at, rows, last_end, inside, before, wanted = 0, 0, -1, 0, b"\n", PART_BYTES
    with path.open("rb", buffering=0) as stream:
        while block := stream.read(min(PART_BYTES, BLOCK_BYTES)):
            codes = np.frombuffer(before + block, np.uint8)
            _check_returns(before + block)
            ends = np.flatnonzero(codes[1:] == ord("\n"))
            if quote and (inside or quote.encode() in block):
                quotes = np.flatnonzero(codes[1:] == ord(quote))
                _check_openings(codes[quotes[inside::2]], delimiter + quote)
                ends = ends[(np.searchsorted(quotes, ends) + inside) % 2 == 0]
                inside = (inside + len(quotes)) % 2
            if len(ends):
                lengths = np.diff(ends, prepend=last_end - at)
                # codes stand one place later: this is what is before the end
                is_row = lengths - (codes[ends] == ord("\r")) > 1
                place = int(np.searchsorted(ends, wanted - at))
                if place < len(ends):
                    yield at + int(ends[place]) + 1, rows + int(is_row[: place + 1].sum())
                    wanted += PART_BYTES
                rows += int(is_row.sum())
                last_end = at + int(ends[-1])
            at += len(block)
            before = block[-1:]
    if inside:
        raise _NotCutError


def _check_returns(block: bytes) -> None:
    """Refuse carriage returns that end a line by themselves."""
    if b"\r" in block and block.count(b"\r") != block.count(b"\r\n") + block.endswith(b"\r"):
        raise _NotCutError


def _check_openings(before: npt.NDArray[np.uint8], allowed: str) -> None:
    """Refuse opening quotes that do not begin a cell; those of a doubled one follow a quote."""
    if not np.isin(before, np.frombuffer(f"{allowed}\n".encode(), np.uint8)).all():
        raise _NotCutError
