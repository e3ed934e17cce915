"""SPARQL Query Results XML Format (Second Edition, W3C Recommendation of 21 March 2013)."""

from __future__ import annotations

import re
from typing import IO, Any
from xml.sax.saxutils import escape, quoteattr

from endpoint.sparql.answer import Answer
from endpoint.sparql.formats.notation import Around, Escape, Notation, written
from geosparql.rdf import term_of
from geosparql.terms import IRI, XSD_STRING, BlankNode, Literal, Term, TripleTerm
from geosparql.text_columns import end_to_end, joined, separated
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
    rows = 0
    for batch in answer.batches():
        rows += batch.num_rows
        stream.write(_solutions(batch, names))
    stream.write(b"</results>\n</sparql>\n")
    return rows


def _solutions(batch: Any, names: list[str]) -> Any:
    if not names:
        return b"<result></result>\n" * batch.num_rows
    cells = [
        joined(f"<binding name={name}>", written(column, _NOTATION), "</binding>")
        for name, column in zip(names, batch.columns, strict=True)
    ]
    return end_to_end(joined("<result>", separated(cells, ""), "</result>\n"))


_ITS = "http://www.w3.org/2005/11/its"


def _written(text: str) -> str:
    return escape(_UNWRITABLE.sub("�", text), _ESCAPES)


def _literal(datatype: str, language: str | None) -> Around:
    extra = ""
    if language is not None:
        tag, _, direction = language.partition("--")
        extra = f" xml:lang={quoteattr(tag)}"
        if direction:
            extra += f' xmlns:its="{_ITS}" its:version="2.0" its:dir="{direction}"'
    elif datatype != XSD_STRING:
        extra = f" datatype={quoteattr(datatype)}"
    return f"<literal{extra}>", "</literal>"


def _triple(text: str) -> str:
    return _term(term_of(text, TRIPLE_TERM))


def _term(term: Term) -> str:
    """Write one term, as inside a triple term (SPARQL 1.2 results, section 2.3.1)."""
    match term:
        case IRI(value):
            return f"<uri>{_written(value)}</uri>"
        case BlankNode(label):
            return f"<bnode>{_written(label)}</bnode>"
        case Literal(lexical, datatype, language):
            return _written(lexical).join(_literal(datatype, language))
        case TripleTerm():
            parts = (("subject", term.subject), ("predicate", term.predicate))
            inside = (*parts, ("object", term.object))
            return f"<triple>{''.join(f'<{n}>{_term(t)}</{n}>' for n, t in inside)}</triple>"


_ESCAPE = Escape(r"[&<>\x00-\x08\x0b-\x1f\x{fffe}\x{ffff}]", _written)
_NOTATION = Notation(
    iri=("<uri>", "</uri>"),
    blank=("<bnode>", "</bnode>"),
    literal=_literal,
    text=_ESCAPE,
    iri_text=_ESCAPE,
    triple=_triple,
)
