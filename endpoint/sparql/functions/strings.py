"""Functions on strings (SPARQL 1.1, section 17.4.3) and hashes (17.4.6)."""

from __future__ import annotations

import functools
import hashlib
import math
import re
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

from endpoint.sparql.prologue import resolve_iri as resolve_reference

_FLAGS = frozenset("ismxq")
_GROUP_REFERENCE = re.compile(r"\\([\\$])|\$([0-9]+)|([\\$])")


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
    """Make an IRI of a string; None where it holds what no IRI may."""
    if any(character in '<>"{}|^`\\' or character <= " " for character in reference):
        return None
    return resolve_reference(base or None, reference)


@functools.lru_cache(maxsize=256)
def pattern_of(pattern: str, flags: str) -> re.Pattern[str] | None:
    """Compile an XPath regular expression; None where it or a flag is not valid."""
    if not _FLAGS.issuperset(flags):
        return None
    options = re.NOFLAG
    if "q" in flags:
        pattern = re.escape(pattern)
    elif "x" in flags:
        pattern = re.sub(r"[ \t\r\n]", "", pattern)
    for letter, option in (("i", re.IGNORECASE), ("s", re.DOTALL), ("m", re.MULTILINE)):
        if letter in flags:
            options |= option
    try:
        return re.compile(_from_xpath(pattern), options)
    except (re.error, RecursionError):
        return None


def _from_xpath(pattern: str) -> str:
    """Say an XPath pattern in Python's words: name classes, and ``$`` before a last newline."""
    pattern = re.sub(r"(?<!\\)((?:\\\\)*)\$", r"\1(?!\\n)$", pattern) if "$" in pattern else pattern
    return pattern.replace(r"\i", "[A-Za-z_:]").replace(r"\c", r"[\w.:\-]")


def regex(texts: pa.Array, patterns: pa.Array, flags: pa.Array) -> pa.Array:
    """Match strings: in linear time with RE2 where one pattern stands for all rows and it can.

    A pattern that RE2 does not know (a back-reference) is matched by Python's `re`.
    """
    known = pc.unique(pc.binary_join_element_wise(patterns, flags, "\0")).drop_null()
    if len(known) == 1:
        pattern, flag = known[0].as_py().rsplit("\0", 1)
        matched = _linear_match(texts, pattern, flag)
        if matched is not None:
            return pc.if_else(pc.and_(pc.is_valid(patterns), pc.is_valid(flags)), matched, None)
    rows = zip(texts.to_pylist(), patterns.to_pylist(), flags.to_pylist(), strict=True)
    return pa.array([_match(*row) for row in rows], pa.bool_())


def _linear_match(texts: pa.Array, pattern: str, flags: str) -> pa.Array | None:
    if not _FLAGS.issuperset(flags):
        return None
    if "q" in flags:
        return pc.match_substring(texts, pattern, ignore_case="i" in flags)
    if "x" in flags:
        pattern = re.sub(r"[ \t\r\n]", "", pattern)
    if "\\i" in pattern or "\\c" in pattern:
        return None
    prefix = "".join(letter for letter in "ism" if letter in flags)
    try:
        return pc.match_substring_regex(texts, f"(?{prefix}:{pattern})" if prefix else pattern)
    except pa.ArrowInvalid:
        return None


def _match(text: str | None, pattern: str | None, flags: str | None) -> bool | None:
    if text is None or pattern is None or flags is None:
        return None
    compiled = pattern_of(pattern, flags)
    return None if compiled is None else compiled.search(text) is not None


def replace(text: str, pattern: str, replacement: str, flags: str) -> str | None:
    """Replace what matches (fn:replace); None for a pattern that matches the empty string."""
    compiled = pattern_of(pattern, flags)
    if compiled is None or compiled.search("") is not None:
        return None
    if "q" in flags:
        return compiled.sub(lambda _: replacement, text)
    template = _template(replacement, compiled.groups)
    return None if template is None else compiled.sub(template, text)


def _template(replacement: str, groups: int) -> str | None:
    r"""Say ``$1`` and ``\$`` in Python's words; None where the replacement is not valid."""

    def said(match: re.Match[str]) -> str:
        if match[1]:
            return "\\\\" if match[1] == "\\" else "$"
        if match[3]:
            raise ValueError(match[3])
        digits = match[2]
        while len(digits) > 1 and int(digits) > groups:
            digits = digits[:-1]
        rest = match[2][len(digits) :]
        return (f"\\g<{digits}>" if int(digits) <= groups else "") + rest

    try:
        return _GROUP_REFERENCE.sub(said, replacement)
    except ValueError:
        return None
