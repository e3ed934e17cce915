"""SPARQL Query Results XML Format (Second Edition, W3C Recommendation of 21 March 2013)."""

from __future__ import annotations

import re
from typing import IO
from xml.sax.saxutils import escape, quoteattr

from endpoint.sparql.answer import Answer
from endpoint.sparql.formats.cells import written_cells
from endpoint.sparql.functions.encoding import Cell
from geosparql.terms import XSD_STRING
from geosparql.triples import TRIPLE_TERM

_NAMESPACE = "http://www.w3.org/2005/sparql-results#"
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ESCAPES = {"\r": "&#13;"}


def write(answer: Answer, stream: IO[bytes]) -> int:
    """Write solutions or a truth value; see `endpoint.sparql.results.write_results`."""
    stream.write(f'<?xml version="1.0"?>\n<sparql xmlns="{_NAMESPACE}">\n'.encode())
    if answer.form == "ask":
        truth = str(answer.boolean).lower()
        stream.write(f"<head/>\n<boolean>{truth}</boolean>\n</sparql>\n".encode())
        return 1
    names = [quoteattr(name) for name in answer.variables]
    head = "".join(f"<variable name={name}/>" for name in names)
    stream.write(f"<head>{head}</head>\n<results>\n".encode())
    written = 0
    for batch in answer.batches():
        columns = [
            [
                "" if text is None else f"<binding name={name}>{text}</binding>"
                for text in written_cells(column, _term)
            ]
            for name, column in zip(names, batch.columns, strict=True)
        ]
        solutions = zip(*columns, strict=True) if columns else [()] * batch.num_rows
        lines = [f"<result>{''.join(solution)}</result>\n" for solution in solutions]
        stream.write("".join(lines).encode())
        written += batch.num_rows
    stream.write(b"</results>\n</sparql>\n")
    return written


def _term(cell: Cell) -> str:
    value, datatype, language = cell
    text = escape(_UNWRITABLE.sub("�", value), _ESCAPES)
    if datatype is None:
        return f"<bnode>{text[2:]}</bnode>" if value.startswith("_:") else f"<uri>{text}</uri>"
    if datatype == TRIPLE_TERM:
        return f"<triple>{text}</triple>"
    extra = ""
    if language is not None:
        extra = f" xml:lang={quoteattr(language)}"
    elif datatype != XSD_STRING:
        extra = f" datatype={quoteattr(datatype)}"
    return f"<literal{extra}>{text}</literal>"
