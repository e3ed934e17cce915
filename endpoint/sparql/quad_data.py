"""Long INSERT DATA and DELETE DATA requests: their quads are TriG too, and read as such.

The SPARQL grammar reads about ten thousand triples a second, the RDF parser ten times
as many. A request of one such operation goes this way where both agree on what it
means; any other, and one with an error, is left to the grammar.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from endpoint.sparql.operations import Data
from geosparql.errors import InputError
from geosparql.rdf import read_triples

LONG_CHARACTERS = 4096
"""Shorter requests are read by the grammar."""

_IRI = r'<[^<>"{}|^`\\\x00-\x20]*>'
_REQUEST = re.compile(
    rf"""\A (?P<prologue> (?: \s+ | \#[^\n\r]*[\n\r] | PREFIX \s+ [^\s:<>]*: \s* {_IRI}
                          | BASE \s+ {_IRI} )* )
    (?P<kind> INSERT | DELETE ) \s+ DATA \s* \{{
    (?P<quads> [^{{}}]* (?: \b GRAPH \s+ [^\s{{}}]+ \s* \{{ [^{{}}]* \}} [^{{}}]* )* )
    \}} \s* ;? \s* \Z""",
    re.VERBOSE | re.IGNORECASE,
)
_OTHERWISE = re.compile(r"@prefix|@base|\bPREFIX\b|\bBASE\b", re.IGNORECASE)
"""What SPARQL and TriG read differently, or only one of them does."""


def read_long_data(
    text: str, base: str | None, prefixes: Mapping[str, str] | None = None
) -> Data | None:
    """Read a request that is one long INSERT DATA or DELETE DATA; None where the grammar must."""
    if len(text) < LONG_CHARACTERS:
        return None
    found = _REQUEST.match(text)
    if found is None or "\\u" in text.lower() or _OTHERWISE.search(found["quads"]):
        return None
    known = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in (prefixes or {}).items())
    for end in ("", " ."):  # the last triple needs no full stop in SPARQL
        document = f"{known}{found['prologue']}\n{found['quads']}{end}\n".encode()
        try:
            batches = tuple(read_triples(io.BytesIO(document), format="trig", base_iri=base))
        except InputError:
            continue
        removes = found["kind"].upper() == "DELETE"
        return None if removes and _has_blanks(batches) else Data(batches, removes)
    return None


def _has_blanks(batches: tuple[pa.RecordBatch, ...]) -> bool:
    names = ("subject", "object", "graph")
    return any(
        pc.any(pc.starts_with(batch.column(name), "_:")).as_py()
        for batch in batches
        for name in names
    )
