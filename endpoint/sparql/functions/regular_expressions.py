r"""REGEX and REPLACE: XPath's regular expressions (functions and operators 3.1, section 5.6).

A pattern is said in the words of RE2, which matches in linear time, whatever a
stranger asks; one with a back-reference or a difference of character classes
(``[a-z-[aeiou]]``), which RE2 does not know, in those of `regex`, which may take
exponential time and so is given little of it.
"""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import regex as backtracking

from endpoint.sparql.functions.strings import check_length
from geosparql.errors import LimitError

BACKTRACKING_S = 1.0
"""What the rows of one batch may take together."""
_FLAGS = frozenset("ismxq")
_LITERAL_ESCAPES = frozenset("\\|.?*+(){}-[]^$nrt")
_NAME_START = r"A-Za-z_:\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{2FF}\x{370}-\x{37D}\x{37F}-\x{1FFF}"
_CLASSES = {
    "s": r" \t\n\r",
    "d": r"\p{Nd}",
    "w": r"\p{L}\p{M}\p{N}\p{S}",
    "i": _NAME_START,
    "c": rf"{_NAME_START}\-.0-9\x{{B7}}",
}
_PYTHON_CLASSES = {"s": r" \t\n\r", "d": r"\d", "w": r"\w", "i": "A-Za-z_:", "c": r"\w.:\-"}
_PROPERTY = re.compile(r"[pP]\{[A-Z][a-z]?\}")
_REFERENCE = re.compile(r"\\([\\$])|\$([0-9]+)|([\\$])")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern in the words of RE2, or where it does not know them of `regex`."""

    text: str
    groups: int
    is_python: bool = False

    def matched(self, texts: pa.Array) -> pa.Array:
        """Tell which texts hold a match."""
        if not self.is_python:
            return pc.match_substring_regex(texts, self.text)
        search = backtracking.compile(self.text).search
        return pa.array(
            [m is not None for m in _each(search, texts)], pa.bool_(), mask=_nulls(texts)
        )

    def replaced(self, texts: pa.Array, replacement: str) -> pa.Array:
        """Replace every match in texts; nulls where the replacement is not valid."""
        template = _template(replacement, self.groups, r"\g<{}>" if self.is_python else r"\{}")
        if template is None:
            return pa.nulls(len(texts), pa.string())
        # At worst every character is replaced by itself and the whole replacement
        check_length((pc.sum(pc.binary_length(texts)).as_py() or 0) * (len(replacement) + 1))
        if not self.is_python:
            return pc.replace_substring_regex(texts, self.text, template)
        put = functools.partial(backtracking.compile(self.text).sub, template)
        return pa.array(list(_each(put, texts)), pa.string())


def _nulls(texts: pa.Array) -> Any:
    return texts.is_null().to_numpy(zero_copy_only=False)


def _each(work: Callable[..., Any], texts: pa.Array) -> Iterator[Any]:
    """Do the work for each text, other threads running meanwhile; None for null."""
    end = time.monotonic() + BACKTRACKING_S
    for text in texts.to_pylist():
        try:
            left = max(end - time.monotonic(), 0.001)
            yield None if text is None else work(text, timeout=left, concurrent=True)
        except TimeoutError as error:
            raise LimitError(
                "A regular expression takes too long",
                hint="Leave out back-references, or repeat less inside of repetitions",
            ) from error


@functools.lru_cache(maxsize=256)
def pattern_of(pattern: str, flags: str) -> Pattern | None:
    """Translate an XPath pattern; None where it or a flag is not valid."""
    if not _FLAGS.issuperset(flags):
        return None
    letters = "".join(letter for letter in "ism" if letter in flags)
    prefix = f"(?{letters})" if letters else ""
    for is_python in (False, True):
        try:
            said = re.escape(pattern) if "q" in flags else _said(pattern, flags, is_python)
            made = Pattern(prefix + said, _groups(pattern, flags), is_python)
            made.matched(pa.array([""]))
        except (ValueError, re.error, backtracking.error, RecursionError, pa.ArrowInvalid):
            continue
        return made
    return None


def _groups(pattern: str, flags: str) -> int:
    if "q" in flags:
        return 0
    bare = re.sub(r"\\.|\[(?:\\.|[^\]\\])*\]", "", pattern, flags=re.DOTALL)
    return bare.count("(") - bare.count("(?")


def _said(pattern: str, flags: str, is_python: bool) -> str:
    """Say a pattern in other words; ValueError where it is not valid, or cannot be said."""
    parts: list[str] = []
    letters = iter(pattern)
    for letter in letters:
        match letter:
            case "\\":
                parts.append(_escape(letters, is_python))
            case "[":
                parts.append(_character_class(letters, is_python))
            case "." if "s" not in flags:
                parts.append(r"[^\n\r]")
            case "$" if is_python and "m" not in flags:
                parts.append(r"\Z")
            case " " | "\t" | "\n" | "\r" if "x" in flags:
                continue
            case "?" if parts[-1:] == ["("]:
                if next(letters, "") != ":":
                    raise ValueError("a group of a kind that XPath does not have")
                parts.append("?:")
            case _:
                parts.append(letter)
    return "".join(parts)


def _escape(letters: Iterator[str], is_python: bool) -> str:
    letter = next(letters, "")
    if letter.lower() in _CLASSES and letter:
        members = (_PYTHON_CLASSES if is_python else _CLASSES)[letter.lower()]
        return f"[{'^' if letter.isupper() else ''}{members}]"
    if letter.isdigit() and is_python:
        return f"\\{letter}"
    return _member_escape(letter, letters, is_python)


def _member_escape(letter: str, letters: Iterator[str], is_python: bool) -> str:
    """Say an escape that may stand inside a class too."""
    if letter in _LITERAL_ESCAPES and letter:
        return f"\\{letter}"
    if letter in ("p", "P") and not is_python:
        name = letter
        while not name.endswith("}"):
            name += next(letters)
        if _PROPERTY.fullmatch(name):
            return f"\\{name}"
    raise ValueError(f"no escape of XPath: \\{letter}")


def _character_class(letters: Iterator[str], is_python: bool) -> str:
    """Say a class after its bracket; a difference becomes a look-ahead of Python."""
    members: list[str] = []
    for letter in letters:
        if letter == "]":
            return f"[{''.join(members)}]"
        if letter == "[":
            if not is_python or members[-1:] != ["-"]:
                raise ValueError("a class inside a class")
            excluded = _character_class(letters, is_python)
            if next(letters, "") != "]":
                raise ValueError("nothing may follow what is taken from a class")
            return f"(?:(?!{excluded})[{''.join(members[:-1])}])"
        members.append(letter if letter != "\\" else _member(letters, is_python))
    raise ValueError("the class does not end")


def _member(letters: Iterator[str], is_python: bool) -> str:
    letter = next(letters, "")
    classes = _PYTHON_CLASSES if is_python else _CLASSES
    if letter and letter in classes:
        return classes[letter]
    return _member_escape(letter, letters, is_python)


def _template(replacement: str, groups: int, reference: str) -> str | None:
    r"""Say ``$1`` and ``\$`` in other words; None where the replacement is not valid."""

    def said(match: re.Match[str]) -> str:
        if match[1]:
            return r"\\" if match[1] == "\\" else "$"
        if match[3]:
            raise ValueError(match[3])
        digits = match[2]
        while len(digits) > 1 and int(digits) > groups:
            digits = digits[:-1]
        rest = match[2][len(digits) :]
        return (reference.format(digits) if int(digits) <= groups else "") + rest

    try:
        return _REFERENCE.sub(said, replacement)
    except ValueError:
        return None


def _by_pattern(work: Callable[..., pa.Array], texts: pa.Array, *arguments: pa.Array) -> pa.Array:
    """Do the work once for all rows that have the same arguments; null where one is null."""
    if not len(texts):
        return work(texts, *("" for _ in arguments))
    names = [str(place) for place in range(len(arguments))]
    rows = pa.table([*arguments, pa.array(np.arange(len(texts)))], names=[*names, "row"])
    groups = rows.group_by(names, use_threads=False).aggregate([("row", "list")]).to_pylist()
    places, parts = [], []
    for group in groups:
        chosen = texts.take(pa.array(group["row_list"]))
        given = [group[name] for name in names]
        made = work(chosen, *("" if each is None else each for each in given))
        parts.append(pa.nulls(len(chosen), made.type) if None in given else made)
        places += group["row_list"]
    return pa.concat_arrays(parts).take(pa.array(np.argsort(places)))


def regex(texts: pa.Array, patterns: pa.Array, flags: pa.Array) -> pa.Array:
    """Tell which strings hold a match (fn:matches)."""

    def matched(rows: pa.Array, pattern: str, flag: str) -> pa.Array:
        known = pattern_of(pattern, flag)
        return pa.nulls(len(rows), pa.bool_()) if known is None else known.matched(rows)

    return _by_pattern(matched, texts, patterns, flags)


def replace(
    texts: pa.Array, patterns: pa.Array, replacements: pa.Array, flags: pa.Array
) -> pa.Array:
    """Replace every match (fn:replace); null for a pattern that matches the empty string."""

    def replaced(rows: pa.Array, pattern: str, replacement: str, flag: str) -> pa.Array:
        known = pattern_of(pattern, flag)
        if known is None or known.matched(pa.array([""]))[0].as_py():
            return pa.nulls(len(rows), pa.string())
        if "q" in flag:
            replacement = replacement.replace("\\", r"\\").replace("$", r"\$")
        return known.replaced(rows, replacement)

    return _by_pattern(replaced, texts, patterns, replacements, flags)
