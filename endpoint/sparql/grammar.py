"""The grammar's machinery: making parsers, keeping their tables, saying where a text is wrong.

Only this file and the ``parse*`` files beside it know the parser library (lark). A
grammar's table is made once for each user (0.3 s), and read from the user's cache at
the first query of a process (0.05 s).
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, NoReturn

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError

from geosparql.errors import EarthgraphError, QueryError

GRAMMAR = Path(__file__).with_name("sparql.lark")
_CODEPOINT = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")


def parsed(text: str, parser: Lark, translation: Transformer[Token, Any]) -> Any:
    """Parse a text and translate its tree; `parse_query` and `parse_update` share it."""
    text = _CODEPOINT.sub(_code_point, text)
    try:
        return translation.transform(parser.parse(text))
    except UnexpectedInput as error:
        _refuse(error, text, parser)
    except VisitError as error:
        if isinstance(error.orig_exc, EarthgraphError):
            raise error.orig_exc from None
        if isinstance(error.orig_exc, RecursionError):
            raise _too_deep() from None
        raise
    except RecursionError:
        raise _too_deep() from None


def _too_deep() -> QueryError:
    return QueryError("The query is nested too deeply")


def _code_point(match: re.Match[str]) -> str:
    """Give the character of a code point escape (section 19.2)."""
    code = int(match[1] or match[2], 16)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise QueryError("The escape stands for no character", value=match[0])
    return chr(code)


def make_parser(start: str, *grammars: Path) -> Lark:
    """Make the parser of a grammar that stands in one or more files."""
    text = "\n".join(grammar.read_text(encoding="utf-8") for grammar in grammars)
    return Lark(
        text,
        parser="lalr",
        lexer="contextual",
        start=start,
        maybe_placeholders=True,
        cache=_table_file(start),
    )


def _table_file(start: str) -> str | bool:
    """Give the file that keeps a grammar's table, which lark checks; False: nowhere to keep it.

    In the user's own directory and no shared one, for it is a pickle.
    """
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "earthgraph")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # RuntimeError: the user has no home
        return False
    return str(folder / f"sparql-{start}") if os.access(folder, os.W_OK) else False


def _refuse(error: Any, text: str, parser: Lark) -> NoReturn:
    """Say where the text stops being SPARQL, and what could stand there."""
    value: str | None = None
    expected: set[str] = set()
    if isinstance(error, UnexpectedToken):
        value, expected = str(error.token), set(error.expected)
    elif isinstance(error, UnexpectedCharacters):
        value, expected = text.split("\n")[error.line - 1][error.column - 1 :], set(error.allowed)
    line, column = error.line, error.column
    at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    if at_end:
        lines = text.split("\n")
        line, column, value = len(lines), len(lines[-1]) + 1, "end of query"
    names = sorted({_shown(name, parser) for name in expected} - {""})
    raise QueryError(
        "The query is not valid SPARQL",
        where=f"line {line}, column {column}",
        value=value,
        hint=f"Expected {', '.join(names[:12])}" if names else None,
    )


def _shown(terminal: str, parser: Lark) -> str:
    """Give a terminal as a reader of SPARQL knows it."""
    for each in parser.terminals:
        if each.name == terminal:
            pattern = each.pattern
            return pattern.value.upper() if pattern.type == "str" else terminal
    return ""
