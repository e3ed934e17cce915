"""RDF files compared as datasets: blank nodes by structure, everything else letter for letter."""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox


def _first_member(content: bytes) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        member = archive.extractfile(archive.getmembers()[0])
        assert member is not None
        return member.read()


def _first_entry(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(archive.namelist()[0])


UNPACKED: dict[str, Callable[[bytes], bytes]] = {
    ".tar.gz": _first_member,
    ".tar.xz": _first_member,
    ".zip": _first_entry,
    ".gz": gzip.decompress,
}
SYNTAXES = {
    ".nq": ox.RdfFormat.N_QUADS,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".ttl": ox.RdfFormat.TURTLE,
    ".trig": ox.RdfFormat.TRIG,
    ".n3": ox.RdfFormat.N3,
    ".rdfxml": ox.RdfFormat.RDF_XML,
    ".jsonld": ox.RdfFormat.JSON_LD,
}


def dataset(path: Path) -> ox.Dataset:
    """Read RDF by the file's name, duplicates once and blank nodes named canonically."""
    content, name = path.read_bytes(), path.name
    packing = next((suffix for suffix in UNPACKED if name.endswith(suffix)), "")
    if packing:
        content, name = UNPACKED[packing](content), name.removesuffix(packing)
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        content = content.decode("utf-16").encode()
    suffix = Path(name).suffix
    if suffix == ".rdfjson":
        content, suffix = _of_rdf_json(content), ".nq"
    if suffix in (".nt", ".nq") and b"<<" in content:
        content, suffix = _without_star(content.decode()).encode(), ".nq"
    # Lenient: the suite expects IRIs with spaces of rml:UnsafeIRI
    found = ox.Dataset(ox.parse(content, SYNTAXES[suffix], lenient=True))
    found.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return found


def _of_rdf_json(content: bytes) -> bytes:
    """Rewrite RDF/JSON of IRIs and literals as N-Quads."""
    quads = []
    for subject, predicates in json.loads(content).items():
        for predicate, objects in predicates.items():
            for value in objects:
                datatype = value.get("datatype")
                literal = ox.Literal(
                    str(value["value"]),
                    language=value.get("lang"),
                    datatype=None if datatype is None else ox.NamedNode(datatype),
                )
                node = literal if value["type"] == "literal" else ox.NamedNode(value["value"])
                quads.append(ox.Quad(ox.NamedNode(subject), ox.NamedNode(predicate), node))
    return ox.serialize(quads, None, ox.RdfFormat.N_QUADS)


TOKENS = re.compile(
    r'<<(?!\()|>>|<[^<>\s]*>|_:[\w.-]*\w|"(?:[^"\\\\]|\\\\.)*"(?:@[\w-]+|\^\^<[^<>]*>)?|\.'
)


def _without_star(content: str) -> str:
    """Rewrite RDF-star: each quoted triple becomes a blank node with its three terms."""
    tokens = iter(TOKENS.findall(content))
    names: dict[tuple[str, ...], str] = {}

    def term(token: str) -> str:
        if token != "<<":
            return token
        triple = tuple(term(next(tokens)) for _ in range(3))
        assert next(tokens) == ">>"
        return names.setdefault(triple, f"_:quoted{len(names)}")

    statements = []
    for token in tokens:
        statement = [term(token)]
        while (following := next(tokens)) != ".":
            statement.append(term(following))
        statements.append(" ".join(statement))
    for triple, name in names.items():
        statements += [f"{name} <star:{n}> {part}" for n, part in enumerate(triple)]
    return "".join(f"{statement} .\n" for statement in statements)


def lines(path: Path) -> list[str]:
    """Give the quads of a file, sorted, for a message that can be read."""
    return sorted(str(quad) for quad in dataset(path))


def assert_same(found: Path, expected: Path) -> None:
    """Fail with both sides where two files differ as datasets."""
    assert lines(found) == lines(expected)
