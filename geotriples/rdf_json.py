"""RDF/JSON (W3C note of 2013): the one syntax of RML-IO targets that pyoxigraph does not write."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import IO, Any

import pyarrow as pa

from geosparql.errors import InputError
from geosparql.terms import RDF_LANG_STRING, XSD_STRING
from geosparql.triples import TRIPLE_TERM


def write_rdf_json(batches: Iterable[pa.RecordBatch], stream: IO[bytes]) -> int:
    """Write triple batches as RDF/JSON, each triple once.

    The syntax gathers what is said of a subject, so all triples are in memory.

    Returns
    -------
    int
        How many triples there were.

    Raises
    ------
    InputError
        A row has a named graph or a triple term, of which RDF/JSON knows nothing.
    """
    document: dict[str, dict[str, list[dict[str, str]]]] = {}
    count = 0
    for batch in batches:
        for row in batch.drop_columns(["geometry"]).to_pylist():
            if row["graph"] is not None or row["datatype"] == TRIPLE_TERM:
                raise InputError(
                    "RDF/JSON has no named graphs and no triple terms", value=row["graph"],
                    hint="Write N-Quads",
                )  # fmt: skip
            objects = document.setdefault(row["subject"], {}).setdefault(row["predicate"], [])
            if (value := _object(row)) not in objects:
                objects.append(value)
            count += 1
    stream.write(json.dumps(document, ensure_ascii=False, indent=1).encode())
    return count


def _object(row: dict[str, Any]) -> dict[str, str]:
    value = {"value": row["object"]}
    if row["datatype"] is None:
        return value | {"type": "bnode" if row["object"].startswith("_:") else "uri"}
    value["type"] = "literal"
    if row["language"] is not None:
        value["lang"] = row["language"]
    elif row["datatype"] not in (XSD_STRING, RDF_LANG_STRING):
        value["datatype"] = row["datatype"]
    return value
