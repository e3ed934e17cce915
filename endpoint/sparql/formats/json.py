"""SPARQL 1.1 Query Results JSON Format (W3C Recommendation of 21 March 2013)."""

from __future__ import annotations

import json
from typing import IO, Any

from endpoint.sparql.answer import Answer
from endpoint.sparql.formats.notation import Around, Escape, Notation, written
from geosparql.rdf import term_of
from geosparql.terms import (
    IRI,
    RDF_DIR_LANG_STRING,
    RDF_LANG_STRING,
    XSD_STRING,
    BlankNode,
    Literal,
    Term,
    TripleTerm,
)
from geosparql.text_columns import end_to_end, joined, separated
from geosparql.triples import TRIPLE_TERM


def quoted(text: str) -> str:
    """Write a text as a JSON string."""
    return json.dumps(text, ensure_ascii=False)


def write(answer: Answer, stream: IO[bytes]) -> int:
    """Write solutions or a truth value; see `endpoint.sparql.results.write_results`."""
    if answer.form == "ask":
        stream.write(b'{"head":{},"boolean":%s}\n' % str(answer.boolean).lower().encode())
        return 1
    names = [quoted(name) for name in answer.variables]
    stream.write(f'{{"head":{{"vars":[{",".join(names)}]}},"results":{{"bindings":['.encode())
    rows = 0
    for batch in answer.batches():
        if batch.num_rows:
            stream.write(_solutions(batch, names)[0 if rows else 1 :])
        rows += batch.num_rows
    stream.write(b"\n]}}\n")
    return rows


def _solutions(batch: Any, names: list[str]) -> Any:
    """Write the solutions of a batch, each on a line that begins with the comma before it."""
    if not names:
        return b",\n{}" * batch.num_rows
    cells = [
        joined(f"{name}:", written(column, _NOTATION))
        for name, column in zip(names, batch.columns, strict=True)
    ]
    return memoryview(end_to_end(joined(",\n{", separated(cells, ","), "}")))


def _literal(datatype: str, language: str | None) -> Around:
    end = '"}'
    if language is not None:
        tag, _, direction = language.partition("--")
        end = f'","xml:lang":{quoted(tag)}' + (f',"its:dir":"{direction}"}}' if direction else "}")
    elif datatype not in (XSD_STRING, RDF_LANG_STRING, RDF_DIR_LANG_STRING):
        end = f'","datatype":{quoted(datatype)}}}'
    return '{"type":"literal","value":"', end


def _triple(text: str) -> str:
    return _term(term_of(text, TRIPLE_TERM))


def _term(term: Term) -> str:
    """Write one term, as inside a triple term (SPARQL 1.2 results, section 3.2.2)."""
    match term:
        case IRI(value):
            return f'{{"type":"uri","value":{quoted(value)}}}'
        case BlankNode(label):
            return f'{{"type":"bnode","value":{quoted(label)}}}'
        case Literal(lexical, datatype, language):
            before, after = _literal(datatype, language)
            return f"{before}{quoted(lexical)[1:-1]}{after}"
        case TripleTerm():
            parts = (("subject", term.subject), ("predicate", term.predicate))
            inside = (*parts, ("object", term.object))
            values = ",".join(f'"{name}":{_term(part)}' for name, part in inside)
            return f'{{"type":"triple","value":{{{values}}}}}'


_ESCAPE = Escape(r'["\\\x00-\x1f]', lambda text: quoted(text)[1:-1])
_NOTATION = Notation(
    iri=('{"type":"uri","value":"', '"}'),
    blank=('{"type":"bnode","value":"', '"}'),
    literal=_literal,
    text=_ESCAPE,
    iri_text=_ESCAPE,
    triple=_triple,
)
