"""SPARQL 1.1 Query Results JSON Format (W3C Recommendation of 21 March 2013)."""

from __future__ import annotations

from json.encoder import encode_basestring_ascii as quoted
from typing import IO

from endpoint.sparql.answer import Answer
from endpoint.sparql.formats.cells import written_cells
from endpoint.sparql.functions.encoding import Cell
from geosparql.terms import RDF_LANG_STRING, XSD_STRING
from geosparql.triples import TRIPLE_TERM


def write(answer: Answer, stream: IO[bytes]) -> int:
    """Write solutions or a truth value; see `endpoint.sparql.results.write_results`."""
    if answer.form == "ask":
        stream.write(b'{"head":{},"boolean":%s}\n' % str(answer.boolean).lower().encode())
        return 1
    names = [quoted(name) for name in answer.variables]
    stream.write(f'{{"head":{{"vars":[{",".join(names)}]}},"results":{{"bindings":['.encode())
    written = 0
    for batch in answer.batches():
        columns = [
            [None if text is None else f"{name}:{text}" for text in written_cells(column, _term)]
            for name, column in zip(names, batch.columns, strict=True)
        ]
        solutions = zip(*columns, strict=True) if columns else [()] * batch.num_rows
        lines = [f"{{{','.join(filter(None, solution))}}}" for solution in solutions]
        if lines:
            stream.write(((",\n" if written else "\n") + ",\n".join(lines)).encode())
        written += batch.num_rows
    stream.write(b"\n]}}\n")
    return written


def _term(cell: Cell) -> str:
    value, datatype, language = cell
    if datatype is None:
        kind, value = ("bnode", value[2:]) if value.startswith("_:") else ("uri", value)
        return f'{{"type":"{kind}","value":{quoted(value)}}}'
    if datatype == TRIPLE_TERM:
        return f'{{"type":"triple","value":{quoted(value)}}}'
    extra = ""
    if language is not None:
        extra = f',"xml:lang":{quoted(language)}'
    elif datatype not in (XSD_STRING, RDF_LANG_STRING):
        extra = f',"datatype":{quoted(datatype)}'
    return f'{{"type":"literal","value":{quoted(value)}{extra}}}'
