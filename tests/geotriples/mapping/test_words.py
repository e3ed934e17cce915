"""Words that RML does not have, and where messages say they stand."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from geosparql.errors import MappingError
from geotriples.mapping.rml import read_mapping
from tests.geotriples.mappings import pom, source, write_mapping

CSV = source("a.csv", "rml:CSV")
SUBJECT = 'rml:subjectMap [ rml:template "http://e/{id}" ]'


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("refernce", "reference"), ("termtype", "termType"), ("parentTripleMap", "parentTriplesMap")],
)
def test_misspelt_property(wrong: str, meant: str, tmp_path: Path) -> None:
    text = f'<#M> {CSV}; {SUBJECT};\n\n {pom("ex:p", f"""rml:{wrong} "x" """)} .'
    with pytest.raises(
        MappingError, match=rf"mapping\.ttl, line 11: .*'rml:{wrong}'\. Did you mean rml:{meant}\?"
    ):
        read_mapping(write_mapping(tmp_path, text))


def test_words_of_other_namespaces_are_free(tmp_path: Path) -> None:
    read_mapping(write_mapping(tmp_path, f'<#M> ex:refernce "x"; {CSV}; {SUBJECT} .'))


def test_a_name_of_nothing_near(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="a namespace of your own"):
        read_mapping(write_mapping(tmp_path, f'<#M> rml:zzzz "x"; {CSV}; {SUBJECT} .'))


def test_the_line_is_that_of_the_definition(tmp_path: Path) -> None:
    reference = pom("ex:p", "rml:parentTriplesMap <#Other>")
    text = f"<#M> {CSV}; {SUBJECT}; {reference} .\n<#Other> {CSV} ."
    with pytest.raises(MappingError, match=r"line 10, triples map Other: A triples map needs one"):
        read_mapping(write_mapping(tmp_path, text))


@pytest.mark.parametrize("name", ["m.nt", "m.jsonld", "m.rdf"])
def test_other_syntaxes(name: str, tmp_path: Path) -> None:
    turtle = write_mapping(tmp_path, f"<#M> {CSV}; {SUBJECT} .")
    quads = ox.parse(turtle.read_bytes(), ox.RdfFormat.TURTLE, base_iri="http://m/")
    kind = ox.RdfFormat.from_extension(name.partition(".")[2])
    ox.serialize((quad.triple for quad in quads), str(tmp_path / name), kind)
    (read,) = read_mapping(tmp_path / name).triples_maps
    assert read.name == "http://m/#M"
