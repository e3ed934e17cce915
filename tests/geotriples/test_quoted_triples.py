"""Quoted triples as RDF 1.2 has them: triple terms, and reifiers where a subject quotes."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from engine.protocol import Engine
from geosparql.errors import MappingError
from geotriples.convert import convert
from geotriples.options import ConvertOptions
from tests.geotriples.mappings import pom, source, write_mapping

REIFIES = "http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies"
EX = "http://example.com/"
PEOPLE = f'{source("people.csv", "rml:CSV")}; rml:subjectMap [ rml:template "http://e/{{id}}" ]'


def mapping(folder: Path, quoting: str, *, kind: str = "rml:AssertedTriplesMap") -> Path:
    """Write a mapping whose map <#Said> may be quoted by another."""
    (folder / "people.csv").write_text('id,name,born\n1,"A ""b"" \\ c",1999\n2,Ærø,2001\n')
    (folder / "sources.csv").write_text("who,by\n2,x\n2,y\n3,z\n")
    return write_mapping(
        folder,
        f"""<#Said> a {kind}; {PEOPLE};
        {pom("ex:name", 'rml:reference "name"; rml:language "da"')};
        {pom("ex:born", 'rml:reference "born"')} .
        <#Quoting> {quoting} .""",
    )


def quads(path: Path) -> list[ox.Quad]:
    return list(ox.parse(path=str(path), format=ox.RdfFormat.from_extension(path.suffix[1:])))


def said(number: int, name: str) -> set[ox.Triple]:
    subject = ox.NamedNode(f"http://e/{number}")
    born = {1: "1999", 2: "2001"}[number]
    return {
        ox.Triple(subject, ox.NamedNode(EX + "name"), ox.Literal(name, language="da")),
        ox.Triple(subject, ox.NamedNode(EX + "born"), ox.Literal(born)),
    }


ALL = said(1, 'A "b" \\ c') | said(2, "Ærø")
JOIN = 'rml:joinCondition [ rml:child "who"; rml:parent "id" ]'
JOINED = (
    f"{source('sources.csv', 'rml:CSV')}; "
    f"rml:subjectMap [ rml:quotedTriplesMap <#Said>; {JOIN} ]; "
    + pom("ex:by", 'rml:reference "by"')
)


@pytest.mark.parametrize("name", ["a.nt", "a.ttl", "a.trig"])
def test_every_triple_of_the_quoted_map(name: str, duckdb_engine: Engine, tmp_path: Path) -> None:
    more = pom("ex:says", "rml:quotedTriplesMap <#Said>")
    path = mapping(tmp_path, f"{PEOPLE}; {more}", kind="rml:NonAssertedTriplesMap")
    convert(path, engine=duckdb_engine, output=tmp_path / name)
    assert {quad.object for quad in quads(tmp_path / name)} == ALL


def test_reifiers_of_joined_rows(engine: Engine, tmp_path: Path) -> None:
    path = mapping(tmp_path, JOINED, kind="rml:NonAssertedTriplesMap")
    convert(path, engine=engine, output=tmp_path / "a.nt", options=ConvertOptions(distinct=True))
    found = quads(tmp_path / "a.nt")
    reified = {quad.subject: quad.object for quad in found if quad.predicate.value == REIFIES}
    assert set(reified.values()) == said(2, "Ærø")
    by = {(reified[quad.subject], quad.object.value) for quad in found if quad.subject in reified
          and quad.predicate.value == EX + "by"}  # fmt: skip
    assert by == {(triple, source) for triple in said(2, "Ærø") for source in "xy"}
    assert len(found) == len(reified) + len(by)


def test_asserted_triples_are_said_too(duckdb_engine: Engine, tmp_path: Path) -> None:
    convert(mapping(tmp_path, JOINED), engine=duckdb_engine, output=tmp_path / "a.nt")
    assert {quad.triple for quad in quads(tmp_path / "a.nt")} > ALL


def test_rdf_star(engine: Engine, tmp_path: Path) -> None:
    path = mapping(tmp_path, JOINED, kind="rml:NonAssertedTriplesMap")
    convert(path, engine=engine, output=tmp_path / "a.nt", options=ConvertOptions(star=True))
    lines = sorted((tmp_path / "a.nt").read_text().splitlines())
    assert lines == sorted(
        f'<< <http://e/2> <{EX}{said} >> <{EX}by> "{by}" .'
        for said in ('born> "2001"', 'name> "Ærø"@da')
        for by in "xy"
    )


@pytest.mark.parametrize("name", ["a.ttl", "a.trig", "a.jsonld", "folder"])
def test_rdf_star_has_lines_only(name: str, duckdb_engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="only be written as N-Triples or N-Quads"):
        convert(
            mapping(tmp_path, JOINED),
            engine=duckdb_engine,
            output=tmp_path / name,
            options=ConvertOptions(star=True),
        )


def test_a_map_that_quotes_itself(duckdb_engine: Engine, tmp_path: Path) -> None:
    quoting = f"{PEOPLE}; {pom('ex:p', 'rml:quotedTriplesMap <#Quoting>')}"
    with pytest.raises(MappingError, match="quotes itself"):
        convert(mapping(tmp_path, quoting), engine=duckdb_engine, output=tmp_path / "a.nt")


def test_two_minds(duckdb_engine: Engine, tmp_path: Path) -> None:
    both = "rml:AssertedTriplesMap, rml:NonAssertedTriplesMap"
    with pytest.raises(MappingError, match="asserted or not asserted"):
        convert(
            mapping(tmp_path, JOINED, kind=both), engine=duckdb_engine, output=tmp_path / "a.nt"
        )


def test_quoted_through_a_join_of_views(engine: Engine, tmp_path: Path) -> None:
    people, sources = (
        source(f"{name}.csv", "rml:CSV").removeprefix("rml:logicalSource ")
        for name in ("people", "sources")
    )
    field = '[ rml:fieldName "{0}"; rml:reference "{0}" ]'
    views = "".join(
        f"<#{name}> a rml:LogicalView; rml:viewOn {on}; "
        f"rml:field {', '.join(field.format(one) for one in fields)} .\n"
        for name, on, fields in (
            ("People", people, ("id", "name", "born")), ("Sources", sources, ("who", "by")),
        )
    )  # fmt: skip
    over_views = JOINED.replace(source("sources.csv", "rml:CSV"), "rml:logicalSource <#Sources>")
    path = mapping(tmp_path, over_views, kind="rml:NonAssertedTriplesMap")
    text = path.read_text().replace(source("people.csv", "rml:CSV"), "rml:logicalSource <#People>")
    path.write_text(text + views)
    convert(path, engine=engine, output=tmp_path / "a.nt", options=ConvertOptions(distinct=True))
    plain = mapping(tmp_path, JOINED, kind="rml:NonAssertedTriplesMap")
    convert(plain, engine=engine, output=tmp_path / "b.nt", options=ConvertOptions(distinct=True))
    lines = [sorted((tmp_path / name).read_text().splitlines()) for name in ("a.nt", "b.nt")]
    assert lines[0] == lines[1] != []
