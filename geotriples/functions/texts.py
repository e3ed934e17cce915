"""Functions of texts."""

from __future__ import annotations

import hashlib
import html
import json
import re
import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote_plus, unquote_plus
from xml.sax.saxutils import escape, unescape

import pyarrow as pa
import pyarrow.compute as pc

from geotriples.functions.function import Function, Kind, Parameter
from geotriples.functions.names import (
    BOOLEAN_OUT,
    FROM,
    INTEGER_OUT,
    SEPARATOR,
    STRING_OUT,
    TO,
    VALUE,
    grel,
    idlab,
    morph,
    of_grel,
    of_idlab,
)
from geotriples.functions.rows import EachRow, FixedArguments

_SUB = of_grel("param_string_sub", "string_sub")
_FIND = of_grel("param_find", "p_string_find")
_REPLACE = of_grel("param_replace", "p_string_replace")
_MODE = of_grel("modeParam", "modeParameter")
_STR, _OTHER = of_idlab("str"), of_idlab("otherStr")
_XML_QUOTES = {'"': "&quot;", "'": "&apos;"}


def _title(text: str) -> str:
    return re.sub(r"\S+", lambda word: word[0].capitalize(), text)


def _cut(text: str, start: int, end: int | None = None) -> str | None:
    return text[start:end] if start <= len(text) else None


def _cut_all(values: pa.Array, start: int, end: int | None = None) -> pa.Array:
    cut = pc.utf8_slice_codeunits(values, start, end)
    inside = pc.greater_equal(pc.utf8_length(values), start)
    return pc.if_else(inside, cut, pa.scalar(None, pa.string()))


def _replace_characters(text: str, find: str, replace: str) -> str:
    padded: list[str | None] = [*replace[: len(find)], *[None] * (len(find) - len(replace))]
    pairs = zip(reversed(find), reversed(padded), strict=True)  # the first of a character counts
    return text.translate({ord(character): other for character, other in pairs})


_ESCAPES: dict[str, Callable[[str], str]] = {
    "html": lambda text: html.escape(text, quote=False).replace('"', "&quot;"),
    "xml": lambda text: escape(text, _XML_QUOTES),
    "url": partial(quote_plus, safe="*"),
    "csv": lambda t: '"' + t.replace('"', '""') + '"' if re.search('[",\r\n]', t) else t,
    "javascript": lambda text: json.dumps(text)[1:-1],
}
_UNESCAPES: dict[str, Callable[[str], str]] = {
    "html": html.unescape,
    "xml": lambda text: unescape(text, {entity: sign for sign, entity in _XML_QUOTES.items()}),
    "url": unquote_plus,
    "csv": lambda t: t[1:-1].replace('""', '"') if re.fullmatch('(?s)".*"', t) else t,
    "javascript": lambda text: str(json.loads(f'"{text}"')),
}


def _upper_url(text: str) -> str:
    return text.upper() if re.match(r"(?i)https?://", text) else "http://" + text.upper()


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _digest(name: str, text: str) -> str:
    return hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()


def _fixed(kernel: Callable[..., Any], otherwise: Callable[..., Any], kind: Kind) -> FixedArguments:
    return FixedArguments(kernel, EachRow(otherwise, kind))


def _joined(first: pa.Array, second: pa.Array, separator: pa.Array | None = None) -> pa.Array:
    return pc.binary_join_element_wise(first, second, "" if separator is None else separator)


def _text(
    iris: tuple[str, ...],
    call: Callable[..., Any],
    description: str,
    example: tuple[tuple[str, ...], str | None],
    parameters: tuple[Parameter, ...] = (VALUE,),
    **more: Any,
) -> Function:
    """Give the row of a function from texts to a text."""
    return Function(iris, call, parameters, (STRING_OUT,), description, example, **more)


def _test(name: str, kernel: Any, row: Any, what: str, example: Any) -> Function:
    call = _fixed(lambda values, sub: kernel(values, pattern=sub), row, "boolean")
    description = f"Tells whether a text {what} another."
    return Function(grel(name), call, (VALUE, _SUB), (BOOLEAN_OUT,), description, example)


def _hash(iris: tuple[str, ...], name: str, value: str, prefix: str = "") -> Function:
    call = EachRow(lambda text: prefix + _digest(name, text))
    what = f"Gives the {name} hash of a text" + (f", behind {prefix}" if prefix else "")
    return _text(iris, call, f"{what}.", (("a",), value))


_SHA256 = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"

TEXT_FUNCTIONS: tuple[Function, ...] = (
    _text(grel("toUpperCase", "toUppercase"), pc.utf8_upper, "Gives a text in upper case.",
          (("Venus",), "VENUS")),
    _text(grel("toLowerCase", "toLowercase"), pc.utf8_lower, "Gives a text in lower case.",
          (("Venus",), "venus")),
    _text(grel("string_toTitlecase", "toTitleCase"), EachRow(_title),
          "Gives every word of a text a capital and small letters.",
          (("the BLUE sea",), "The Blue Sea")),
    _text(grel("string_trim", "trim"), pc.utf8_trim_whitespace,
          "Gives a text without white space at its ends.", ((" a b ",), "a b")),
    _text(grel("string_chomp"), EachRow(str.removesuffix),
          "Gives a text without a certain end.", (("barbecue", "cue"), "barbe"),
          (VALUE, SEPARATOR)),
    _text(grel("string_replace", "replace"), _fixed(pc.replace_substring, str.replace, "string"),
          "Replaces every occurrence of a text.", (("M Venus", " ", "-"), "M-Venus"),
          (VALUE, _FIND, _REPLACE)),
    _text(grel("string_replaceChars"), EachRow(_replace_characters),
          "Replaces characters one by one; those without a partner go.",
          (("commas, and; semis", ",;", "c"), "commasc and semis"), (VALUE, _FIND, _REPLACE)),
    _text(grel("string_substring"), _fixed(_cut_all, _cut, "string"),
          "Cuts a text from a place, counted from 0 (negative: from the end), up to another; null "
          "beyond the end.", (("Venus", "1", "3"), "en"), (VALUE, FROM, TO),
          gives_null="as answer"),
    _text(grel("escape", "string_escape"), EachRow(lambda text, mode: _ESCAPES[mode](text)),
          "Escapes a text for html, xml, csv, url or javascript.", (("A&B", "html"), "A&amp;B"),
          (VALUE, _MODE), gives_null="on failure"),
    _text(grel("string_unescape"), EachRow(lambda text, mode: _UNESCAPES[mode](text)),
          "Undoes an escape.", (("A&amp;B", "html"), "A&B"), (VALUE, _MODE),
          gives_null="on failure"),
    _text(grel("reverse", "string_reverse"), pc.utf8_reverse, "Gives a text backwards.",
          (("Venus",), "suneV")),
    _text(grel("string_toString"), lambda values: values, "Gives the text of anything.",
          (("5",), "5"), (of_grel("param_any_e", "p_any_e"),)),
    Function(grel("string_length", "length"), pc.utf8_length, (VALUE,), (INTEGER_OUT,),
             "Gives the number of characters of a text.", (("Venus",), "5")),
    _test("string_contains", pc.match_substring, lambda text, sub: sub in text, "contains",
          (("Venus", "en"), "true")),
    _test("string_startsWith", pc.starts_with, str.startswith, "starts with",
          (("Venus", "en"), "false")),
    _test("string_endsWith", pc.ends_with, str.endswith, "ends with", (("Venus", "us"), "true")),
    Function(grel("string_indexOf"), EachRow(str.find, "integer"), (VALUE, _SUB), (INTEGER_OUT,),
             "Gives the place of the first occurrence of a text, counted from 0; else -1.",
             (("internet", "net"), "5")),
    Function(grel("string_lastIndexOf"), EachRow(str.rfind, "integer"), (VALUE, _SUB),
             (INTEGER_OUT,),
             "Gives the place of the last occurrence of a text, counted from 0; else -1.",
             (("parallel", "a"), "3")),
    _hash(grel("string_md5"), "md5", "0cc175b9c0f1b6a831c399e269772661"),
    _hash(grel("string_sha1"), "sha1", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
    _hash((*morph("hash"), *grel("string_sha256")), "sha256", _SHA256),
    _hash(morph("hash_iri"), "sha256", f"http://example.com/ns#{_SHA256}",
          "http://example.com/ns#"),
    _text(idlab("concat"), _joined, "Joins two texts, with a delimiter where one is given.",
          (("a", "b", "-"), "a-b"), (_STR, _OTHER, of_idlab("delimiter", optional=True))),
    _text(morph("concat"), _joined, "Joins two texts, with a separator where one is given.",
          (("a", "b"), "ab"),
          (of_grel("valueParameter1"), of_grel("valueParameter2"),
           of_grel("param_string_sep", "p_string_sep", optional=True))),
    _text(idlab("toUpperCaseURL"), EachRow(_upper_url),
          "Gives a URL in upper case, behind http:// where it has no scheme.",
          (("Venus",), "http://VENUS"), (_STR,)),
    _text(idlab("slugify"), EachRow(_slug),
          "Gives a text in small ASCII letters and digits, all else as single hyphens.",
          (("Crème Brûlée!",), "creme-brulee"), (_STR,)),
    Function(idlab("alwaysReturnsABC"), lambda: pa.array(["ABC"]), (), (STRING_OUT,),
             "Gives ABC.", ((), "ABC")),
)  # fmt: skip
