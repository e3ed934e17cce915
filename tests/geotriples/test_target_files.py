"""Logical targets: every syntax, encoding and packing says the same, and none leads out."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.protocol import Engine
from geosparql.errors import InputError, MappingError
from geotriples.convert import convert, triples
from geotriples.options import ConvertOptions
from tests.geotriples.mappings import pom, source, write_mapping
from tests.geotriples.rdf_equality import lines

ROWS = """id,name,age\n1,Ærøskøbing,5\n2,"b ""c",6\n"""
INTEGER = "<http://www.w3.org/2001/XMLSchema#integer>"
AGES = [f'<http://e/{n}> <http://example.com/age> "{n + 4}"^^{INTEGER}' for n in (1, 2)]
NAMES = [
    '<http://e/1> <http://example.com/name> "Ærøskøbing"@da',
    '<http://e/2> <http://example.com/name> "b \\"c"@da',
]
TARGETS = {
    "a.nt": "formats:N-Triples",
    "a.nq": "formats:N-Quads",
    "a.ttl": "formats:Turtle",
    "a.trig": "formats:TriG",
    "a.n3": "formats:N3",
    "a.jsonld": "formats:JSON-LD",
    "a.rdfxml": "formats:RDF_XML",
    "a.rdfjson": "formats:RDF_JSON",
    "b.nq": "formats:N-Quads; rml:encoding rml:UTF-16",
    "b.nq.gz": "formats:N-Quads; rml:compression rml:gzip",
    "b.ttl.zip": "formats:Turtle; rml:compression rml:zip",
    "b.nt.tar.gz": "formats:N-Triples; rml:compression rml:targz",
    "b.nq.tar.xz": "formats:N-Quads; rml:compression rml:tarxz; rml:encoding rml:UTF-16",
}


def target(path: str, serialization: str = "formats:N-Quads", root: str = "") -> str:
    """Give one ``rml:logicalTarget``."""
    place = f'[ a rml:FilePath; rml:path "{path}"; {root} ]'
    return f"rml:logicalTarget [ rml:target {place}; rml:serialization {serialization} ]; "


def people(folder: Path, *, subject: str = "", name: str = "") -> Path:
    """Write a mapping of two rows; its arguments are put into the maps of these terms."""
    (folder / "rows.csv").write_text(ROWS, encoding="utf-8")
    return write_mapping(
        folder,
        f"""@prefix formats: <http://www.w3.org/ns/formats/> .
        <#M> {source("rows.csv", "rml:CSV")};
        rml:subjectMap [ rml:template "http://e/{{id}}"; {subject} ];
        {pom("ex:name", f'rml:reference "name"; rml:language "da"; {name}')};
        {pom("ex:age", 'rml:reference "age"; rml:datatype xsd:integer')} .""",
    )


def test_every_target_says_the_same(duckdb_engine: Engine, tmp_path: Path) -> None:
    mapping = people(tmp_path, subject="".join(target(*item) for item in TARGETS.items()))
    output = tmp_path / "out" / "rest.nt"
    report = convert(mapping, engine=duckdb_engine, output=output)
    assert {made.path.name: made.triples for made in report.targets} == dict.fromkeys(TARGETS, 4)
    assert sorted(path.name for path in output.parent.iterdir()) == sorted([*TARGETS, "rest.nt"])
    for name in TARGETS:
        assert lines(output.parent / name) == sorted([*AGES, *NAMES]), name
    assert (report.triples, output.read_bytes()) == (0, b"")
    assert (output.parent / "b.nq").read_bytes()[:2] == b"\xff\xfe"


def test_same_bytes_again(duckdb_engine: Engine, tmp_path: Path) -> None:
    mapping = people(tmp_path, subject="".join(target(*item) for item in TARGETS.items()))
    for folder in ("first", "second"):
        convert(mapping, engine=duckdb_engine, output=tmp_path / folder / "rest.nt")
    for name in TARGETS:
        first, second = ((tmp_path / folder / name).read_bytes() for folder in ("first", "second"))
        assert first == second, name


@pytest.mark.parametrize("rest", ["rest.nt", "rest"])
@pytest.mark.parametrize("distinct", [False, True])
def test_a_triple_of_two_targets(rest: str, distinct: bool, engine: Engine, tmp_path: Path) -> None:
    mapping = people(tmp_path, name=target("deep/names.nq") + target("more.nq"))
    report = convert(
        mapping, engine=engine, output=tmp_path / rest, options=ConvertOptions(distinct=distinct)
    )
    assert lines(tmp_path / "deep" / "names.nq") == lines(tmp_path / "more.nq") == NAMES
    assert report.triples == 2
    assert rest == "rest" or lines(tmp_path / rest) == AGES


def test_the_same_triple_for_a_target_and_the_output(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id\n1\n1\n")
    both = f"rml:objectMap [ rml:constant 1; {target('ones.nq')} ], [ rml:constant 1 ]"
    mapping = write_mapping(
        tmp_path,
        f"""@prefix formats: <http://www.w3.org/ns/formats/> .
        <#M> {source("rows.csv", "rml:CSV")}; rml:subject ex:s;
        rml:predicateObjectMap [ rml:predicate ex:p; {both} ] .""",
    )
    report = convert(
        mapping, engine=engine, output=tmp_path / "rest.nq", options=ConvertOptions(distinct=True)
    )
    assert (report.triples, report.targets[0].triples) == (1, 1)


def test_the_store_gets_what_has_targets(duckdb_engine: Engine, tmp_path: Path) -> None:
    made = triples(people(tmp_path, subject=target("a.nq")), engine=duckdb_engine).read_all()
    assert made.num_rows == 4
    assert not (tmp_path / "a.nq").exists()


@pytest.mark.parametrize(
    ("path", "root"),
    [
        ("../a.nq", ""),
        ("/etc/a.nq", ""),
        ("a.nq", 'rml:root "../other"'),
        ("a.nq", "rml:root rml:MappingDirectory"),
    ],
)
def test_a_target_outside(path: str, root: str, duckdb_engine: Engine, tmp_path: Path) -> None:
    mapping = people(tmp_path, subject=target(path, root=root))
    output = tmp_path / "out" / "rest.nt"
    with pytest.raises(MappingError, match=r"subject map, logical target: .* out of the folder"):
        convert(mapping, engine=duckdb_engine, output=output)
    assert not output.parent.exists()


def test_two_targets_of_one_file(duckdb_engine: Engine, tmp_path: Path) -> None:
    mapping = people(tmp_path, subject=target("a.nq") + target("./a.nq", "formats:Turtle"))
    with pytest.raises(MappingError, match="same file in different ways"):
        convert(mapping, engine=duckdb_engine, output=tmp_path / "rest.nt")


def test_a_target_that_fails_leaves_nothing(duckdb_engine: Engine, tmp_path: Path) -> None:
    graph = "rml:graph ex:g; "
    targets = target("a.nq") + target("b.ttl", "formats:Turtle")
    with pytest.raises(InputError, match="no named graphs"):
        convert(
            people(tmp_path, subject=graph + targets),
            engine=duckdb_engine,
            output=tmp_path / "rest.nq",
        )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mapping.ttl", "rows.csv"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("rml:logicalTarget [ ]", "needs a place"),
        (target("a.nq", "formats:HDT"), "serialization is unknown.*formats/HDT"),
        (target("a.nq", "formats:N-Quads; rml:encoding rml:Latin"), "encoding is unknown"),
        (target("a.nq", "formats:N-Quads; rml:compression rml:rar"), "compression is unknown"),
    ],
)
def test_targets_not_understood(
    words: str, message: str, duckdb_engine: Engine, tmp_path: Path
) -> None:
    with pytest.raises(MappingError, match=message):
        convert(people(tmp_path, subject=words), engine=duckdb_engine, output=tmp_path / "a.nt")


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("[ <http://www.w3.org/ns/sparql-service-description#endpoint> <http://e/sparql> ]",
         "a SPARQL endpoint"),
        ("[ <http://rdfs.org/ns/void#dataDump> <http://e/dump.nq> ]", "a VoID dump"),
        ("[ <http://www.w3.org/ns/dcat#downloadURL> <http://e/d.nq> ]", "a DCAT distribution"),
    ],
)  # fmt: skip
def test_targets_that_are_no_files(
    place: str, kind: str, duckdb_engine: Engine, tmp_path: Path
) -> None:
    words = f"; rml:logicalTarget [ rml:target {place} ]"
    message = rf"mapping\.ttl, line \d+.*Targets are files, and this one is {kind}.*rml:path"
    with pytest.raises(MappingError, match=message):
        convert(people(tmp_path, subject=words), engine=duckdb_engine, output=tmp_path / "a.nt")
    assert not (tmp_path / "a.nt").exists()
