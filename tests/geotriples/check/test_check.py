"""Checks: each fault of a mapping is told with file, line, term map, source and what to do."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from engine.protocol import Engine
from geotriples.check import Finding, check
from tests.geotriples.mappings import pom, source, write_mapping

TABLE = "id,name,n,lon,lat\n1,one,7,4.5,52\n2,two,8,4.6,53\n"
PEOPLE = source("people.csv", "rml:CSV")
GEOMETRY_LITERAL = "rml:termType rml:Literal; rml:datatype geo:wktLiteral"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "people.csv").write_text(TABLE)
    (tmp_path / "padded.csv").write_text("id,x\nP-1,1\nP-2,2\n")
    return tmp_path


def findings(
    folder: Path, engine: Engine, *maps: str, subject: str = 'rml:template "http://e/{id}"',
    logical: str = PEOPLE, more: str = "",
) -> tuple[Finding, ...]:  # fmt: skip
    inner = "".join(f";\n  {one}" for one in maps)
    text = f"<#M> a rml:TriplesMap; {logical};\n  rml:subjectMap [ {subject} ]{inner} .\n{more}"
    return check(write_mapping(folder, text), engine=engine)


def only(found: tuple[Finding, ...]) -> Finding:
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]


def test_a_sound_mapping_has_no_findings(folder: Path, duckdb_engine: Engine) -> None:
    maps = [
        pom("ex:name", 'rml:reference "name"'),
        pom("ex:n", 'rml:reference "n"; rml:datatype xsd:integer'),
        pom("geo:asWKT", f'rml:template "POINT({{lon}} {{lat}})"; {GEOMETRY_LITERAL}'),
        pom("ex:self", 'rml:parentTriplesMap <#M>; rml:joinCondition [ rml:child "id"; '
            'rml:parent "id" ]'),
    ]  # fmt: skip
    assert findings(folder, duckdb_engine, *maps) == ()


FAULTS = {
    "column": (pom("ex:p", 'rml:reference "nmae"'), "no such column", "nmae", "people.csv"),
    "datatype": (pom("ex:p", 'rml:reference "name"; rml:datatype xsd:integer'),
                 "none of the datatype", "one", "2 of the first rows"),
    "geometry": (pom("ex:p", f'rml:template "PINT({{lon}} {{lat}})"; {GEOMETRY_LITERAL}'),
                 "none of the datatype", "PINT(4.5 52)", "2 of the first rows"),
    "iri": (pom("ex:p", 'rml:reference "name"; rml:termType rml:IRI'), "makes no legal IRI", "one",
            "2 of the first rows, first in row 1"),
    "template": (pom("ex:p", 'rml:template "http://e/a b/{id}"'), "makes illegal IRIs",
                 "http://e/a b/", None),
    "language": (pom("ex:p", 'rml:reference "name"; rml:languageMap [ rml:reference "lon" ]'),
                 "no language tag", "4.5", "2 of the first rows, first in row 1"),
    "keys": (pom("ex:p", "rml:parentTriplesMap <#Other>; "
                 'rml:joinCondition [ rml:child "id"; rml:parent "id" ]'),
             "different forms and never meet", "1 and P-1", None),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_of_term_maps(fault: str, folder: Path, duckdb_engine: Engine) -> None:
    value, message, shown, seen = FAULTS[fault]
    other = (
        f"<#Other> {source('padded.csv', 'rml:CSV')}; "
        'rml:subjectMap [ rml:template "http://e/{id}" ] .'
    )
    found = only(findings(folder, duckdb_engine, value, more=other))
    assert found.severity == "error"
    assert found.file.endswith("mapping.ttl")
    assert found.line is not None
    assert "triples map M, predicate p, object map" in found.term_map
    assert message in found.what
    assert found.value == shown
    assert (found.source or "").endswith(seen or "")
    assert found.hint


def test_all_faults_are_told_at_once(folder: Path, duckdb_engine: Engine) -> None:
    maps = [
        pom("ex:a", 'rml:reference "absent"'),
        pom("ex:b", 'rml:reference "missing"'),
        pom("ex:c", 'rml:reference "name"; rml:datatype xsd:date'),
    ]
    found = findings(folder, duckdb_engine, *maps, subject='rml:template "http://e/{key}"')
    assert {one.value for one in found} == {"absent", "missing", "one", "key"}
    assert sum("subject map" in one.term_map for one in found) == 1


@pytest.mark.parametrize(
    ("logical", "message"),
    [
        (source("absent.csv", "rml:CSV"), "file does not exist"),
        (source("people.csv", "rml:Cucumber"), "formulation is not known"),
        (source("people.csv", "egr:Vector"), "no such column: 'geometry'"),
        (source("bad.json", "rml:JSONPath"), "JSON file cannot be read"),
    ],
)
def test_faults_of_sources_are_told_once(
    logical: str, message: str, folder: Path, duckdb_engine: Engine
) -> None:
    (folder / "bad.json").write_text('[{"a": 1},')
    maps = [pom("ex:a", 'rml:reference "geometry"'), pom("ex:b", 'rml:reference "b"')]
    found = findings(folder, duckdb_engine, *maps, logical=logical)
    assert any(re.search(message, str(one)) for one in found)
    assert {one.severity for one in found} == {"error"}


@pytest.mark.parametrize(
    ("maps", "message"),
    [
        ("rml:objectMap [ rml:reference", "not a valid"),
        (pom("ex:a", "rml:functionExecution [ rml:function geof:metricAria ]"), "not known"),
        (pom("ex:a", "rml:functionExecution [ rml:function geof:metricArea ]"), "input .* missing"),
        (pom("ex:a", 'rml:parentTriplesMap <#Nobody>'), "parent triples map does not exist"),
    ],
)  # fmt: skip
def test_faults_of_the_language(
    maps: str, message: str, folder: Path, duckdb_engine: Engine
) -> None:
    found = only(findings(folder, duckdb_engine, maps))
    assert found.severity == "error"
    assert re.search(message, str(found).lower())


def test_targets_stay_in_their_folder(folder: Path, duckdb_engine: Engine) -> None:
    target = (
        'rml:logicalTarget [ rml:target [ a rml:FilePath; rml:path "../../out.nt" ]; '
        "rml:serialization <http://www.w3.org/ns/formats/N-Triples> ]"
    )
    value = pom("ex:a", f'rml:reference "name"; {target}')
    assert "out of" in str(only(findings(folder, duckdb_engine, value)))


def test_what_makes_nothing_is_a_warning(folder: Path, duckdb_engine: Engine) -> None:
    (folder / "rows.json").write_text(json.dumps([{"id": 1, "a": None}]))
    logical = source("rows.json", "rml:JSONPath", 'rml:iterator "$[*]"')
    value = pom("ex:p", 'rml:reference "$.b"')
    subject = 'rml:template "http://e/{$.id}"'
    found = only(findings(folder, duckdb_engine, value, subject=subject, logical=logical))
    assert (found.severity, found.what) == ("warning", "The rows make no triple")
    (folder / "rows.json").write_text("[]")
    found = only(findings(folder, duckdb_engine, value, subject=subject, logical=logical))
    assert (found.severity, found.what) == ("warning", "The source has no rows")


def test_only_first_rows_are_read(
    folder: Path, duckdb_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geotriples.check.sample.SAMPLE_ROWS", 1)
    (folder / "people.csv").write_text("id,name\n1,2\n2,two\n")
    value = pom("ex:p", 'rml:reference "name"; rml:datatype xsd:integer')
    assert findings(folder, duckdb_engine, value) == ()
