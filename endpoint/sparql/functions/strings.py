"""Functions on strings (SPARQL 1.1, section 17.4.3) and hashes (17.4.6)."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

from endpoint.sparql.prologue import has_scheme
from endpoint.sparql.prologue import resolve_iri as resolve_reference
from geosparql.errors import LimitError

BATCH_BYTES = 128_000_000
"""The most text that a function may make of one batch of rows."""


def substr(text: str, start: float, length: float) -> str:
    """Cut a string as fn:substring does: positions from 1, rounded, NaN gives nothing."""
    if math.isnan(start) or math.isnan(length):
        return ""
    first = _round(start)
    last = first + _round(length)
    begin, end = max(first, 1.0), min(last, len(text) + 1.0)
    return text[int(begin) - 1 : int(end) - 1] if begin < end else ""


def _round(value: float) -> float:
    return value if math.isinf(value) else math.floor(value + 0.5)


def concat(parts: pa.Array) -> pa.Array:
    """Put the strings of lists together; null where one is null.

    What a batch makes is counted first: an engine does not count what its strings hold,
    and a few CONCATs of CONCATs would fill any memory.
    """
    made = pc.sum(pc.binary_length(parts.flatten())).as_py() or 0
    check_length(made)
    return pc.binary_join(parts, "")


def check_length(made_bytes: int) -> None:
    """Refuse to make more text than a batch of rows may.

    Raises
    ------
    LimitError
        It is more than `BATCH_BYTES`.
    """
    if made_bytes > BATCH_BYTES:
        raise LimitError(
            "The query makes too long strings", hint="Put fewer or shorter ones together"
        )


def upper(texts: pa.Array) -> pa.Array:
    """Write strings in upper case, by Unicode's full mapping (fn:upper-case)."""
    return _mapped(texts, pc.ascii_upper, str.upper)


def lower(texts: pa.Array) -> pa.Array:
    """Write strings in lower case, by Unicode's full mapping (fn:lower-case)."""
    return _mapped(texts, pc.ascii_lower, str.lower)


def _mapped(
    texts: pa.Array, of_ascii: Callable[[pa.Array], pa.Array], of_any: Callable[[str], str]
) -> pa.Array:
    if pc.all(pc.string_is_ascii(texts)).as_py() is not False:
        return of_ascii(texts)
    return pa.array([None if t is None else of_any(t) for t in texts.to_pylist()], pa.string())


def strbefore(text: str, part: str) -> str | None:
    """Give what stands before the first `part`; None where it does not occur."""
    before, found, _ = text.partition(part) if part else ("", "found", "")
    return before if found else None


def strafter(text: str, part: str) -> str | None:
    """Give what stands after the first `part`; None where it does not occur."""
    if not part:
        return text
    _, found, after = text.partition(part)
    return after if found else None


def encode_for_uri(text: str) -> str:
    """Escape all but unreserved characters (fn:encode-for-uri)."""
    return quote(text, safe="~")


def digest(name: str, text: str) -> str:
    """Give the hexadecimal hash of a string in UTF-8."""
    return hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()


def langmatches(tag: str, language_range: str) -> bool:
    """Filter by the basic rule of RFC 4647, section 3.3.1; an empty tag matches nothing."""
    tag, language_range = tag.lower(), language_range.lower()
    if language_range == "*":
        return tag != ""
    return tag == language_range or tag.startswith(language_range + "-")


def resolve_iri(base: str, reference: str) -> str | None:
    """Make an IRI of a string; None where it holds what no IRI may, or is relative to nothing."""
    if any(character in '<>"{}|^`\\' or character <= " " for character in reference):
        return None
    made = resolve_reference(base or None, reference)
    return made if has_scheme(made) else None
