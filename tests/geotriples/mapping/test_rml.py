"""Reading RML: the model it becomes, and messages that say where it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from geosparql.errors import MappingError, RDFSyntaxError, SourceError
from geosparql.terms import IRI, Literal
from geotriples.mapping.model import Constant, FunctionCall, Reference, TermType
from geotriples.mapping.rml import read_mapping
from geotriples.mapping.vocabulary import EGR
from tests.geotriples.mappings import pom, source, write_mapping

CSV = source("a.csv", "rml:CSV")
SUBJECT = 'rml:subjectMap [ rml:template "http://e/{id}" ]'


def test_shortcuts_and_their_long_forms_are_the_same(tmp_path: Path) -> None:
    short = f"""<#M> {CSV}; rml:subject ex:s;
        rml:predicateObjectMap [ rml:predicate ex:p; rml:object "o"@en; rml:graph ex:g ] ."""
    long = f"""<#M> {CSV}; rml:subjectMap [ rml:constant ex:s ];
        rml:predicateObjectMap [ rml:predicateMap [ rml:constant ex:p ];
          rml:objectMap [ rml:constant "o"@en ]; rml:graphMap [ rml:constant ex:g ] ] ."""
    read = [
        read_mapping(write_mapping(tmp_path, text, "m.ttl")).triples_maps[0]
        for text in (short, long)
    ]
    assert [m.subject.expression for m in read] == [Constant(IRI("http://example.com/s"))] * 2
    poms = [m.predicate_objects[0] for m in read]
    assert [pom.objects[0].expression for pom in poms] == [  # type: ignore[union-attr]
        Constant(Literal("o", "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString", "en"))
    ] * 2
    assert poms[0].predicates[0].expression == poms[1].predicates[0].expression
    assert poms[0].graphs[0].expression == poms[1].graphs[0].expression


def test_default_term_types(tmp_path: Path) -> None:
    mapping = f"""<#M> {CSV}; {SUBJECT};
        {pom("ex:a", 'rml:reference "x"')}; {pom("ex:b", 'rml:template "http://e/{x}"')};
        {pom("ex:c", 'rml:template "{x}"; rml:language "en"')};
        {pom("ex:d", "rml:constant ex:o")} ."""
    maps = read_mapping(write_mapping(tmp_path, mapping)).triples_maps[0].predicate_objects
    kinds = [pom.objects[0].term_type for pom in maps]  # type: ignore[union-attr]
    assert kinds == [TermType.LITERAL, TermType.IRI, TermType.LITERAL, TermType.IRI]


def test_paths_start_at_the_folder_of_the_mapping(tmp_path: Path) -> None:
    vector = source("sub/a.csv", "egr:Vector", 'egr:crs ex:c; rml:iterator "layer"')
    mapping = f"<#M> {vector}; {SUBJECT} ."
    logical = read_mapping(write_mapping(tmp_path, mapping)).triples_maps[0].source
    assert logical.source.path == tmp_path / "sub" / "a.csv"
    assert (logical.iterator, logical.option(EGR + "crs")) == ("layer", "http://example.com/c")


def test_function_execution(tmp_path: Path) -> None:
    mapping = f"""<#M> {CSV}; {SUBJECT}; {pom("ex:p", "rml:functionExecution <#F>")} .
        <#F> rml:function geof:buffer;
          rml:input [ rml:parameter egr:p1; rml:inputValueMap [ rml:reference "geometry" ] ],
                    [ rml:parameter egr:radius; rml:inputValue 10 ],
                    [ rml:parameter egr:p3; rml:inputValue "urn:ogc:def:uom:OGC:1.0:metre" ] ."""
    made = read_mapping(write_mapping(tmp_path, mapping)).triples_maps[0]
    execution = made.predicate_objects[0].objects[0].expression  # type: ignore[union-attr]
    assert isinstance(execution, FunctionCall)
    assert execution.function.iris[0].endswith("geosparql/buffer")
    assert [value.expression for (value,) in execution.inputs] == [
        Reference("geometry"),
        Constant(Literal("10", "http://www.w3.org/2001/XMLSchema#integer")),
        Constant(Literal("urn:ogc:def:uom:OGC:1.0:metre")),
    ]


WRONG = {
    "no subject": (f"<#Bad> {CSV} .", "Bad: A triples map needs one subject map"),
    "no source": (f"<#Bad> a rml:TriplesMap; {SUBJECT} .", "Bad: A triples map needs a logical"),
    "two expressions": (
        f'<#Bad> {CSV}; rml:subjectMap [ rml:template "a"; rml:reference "b" ] .',
        "Bad, subject map: A term map has several expressions",
    ),
    "literal subject": (
        f'<#Bad> {CSV}; rml:subject "s" .',
        "Bad, subject map: A subject map cannot make this constant",
    ),
    "datatype of an IRI": (
        f"<#Bad> {CSV}; {SUBJECT}; "
        + pom("ex:p", 'rml:reference "x"; rml:termType rml:IRI; rml:datatype xsd:int')
        + " .",
        "predicate p, object map: Only a literal has a datatype",
    ),
    "datatype and language": (
        f"<#Bad> {CSV}; {SUBJECT}; "
        + pom("ex:p", 'rml:reference "x"; rml:language "en"; rml:datatype xsd:int')
        + " .",
        "a datatype or a language, not both",
    ),
    "unknown term type": (
        f'<#Bad> {CSV}; rml:subjectMap [ rml:reference "x"; rml:termType rml:Iri ] .',
        "subject map: The term type is unknown: 'http://w3id.org/rml/Iri'",
    ),
    "unknown parent": (
        f"<#Bad> {CSV}; {SUBJECT}; " + pom("ex:p", "rml:parentTriplesMap <#Other>") + " .",
        "The parent triples map does not exist: '.*#Other'. Triples maps of the file: .*#Bad",
    ),
    "half a join": (
        f"<#Bad> {CSV}; {SUBJECT}; "
        + pom("ex:p", 'rml:parentTriplesMap <#Bad>; rml:joinCondition [ rml:child "a" ]')
        + " .",
        "A join condition needs one parent",
    ),
    "bad language": (
        f"<#Bad> {CSV}; {SUBJECT}; "
        + pom("ex:p", 'rml:reference "x"; rml:language "english!"')
        + " .",
        "language map: The language tag is not well-formed",
    ),
    "no object": (
        f"<#Bad> {CSV}; {SUBJECT}; rml:predicateObjectMap [ rml:predicate ex:p ] .",
        "predicate p: A predicate-object map needs an object",
    ),
    "unknown dialect": (
        """<#Bad> rml:subject ex:s; rml:logicalSource [ rml:referenceFormulation rml:CSV;
        rml:source [ csvw:url "a"; csvw:dialect [ csvw:commentPrefix "!" ] ] ] .""",
        "CSV dialect is not understood: '.*commentPrefix'",
    ),
    "no formulation": (
        f'<#Bad> rml:logicalSource [ rml:source "a" ]; {SUBJECT} .',
        "logical source: A logical source is not complete. Give rml:referenceFormulation",
    ),
    "no triples map": ("ex:a ex:b ex:c .", "The file has no triples map"),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_wrong_mapping(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=message):
        read_mapping(write_mapping(tmp_path, text))


def test_message_names_file_and_line(tmp_path: Path) -> None:
    text = f'<#Good> {CSV}; {SUBJECT} .\n\n<#Bad> {CSV};\n rml:subjectMap [ rml:template "{{x" ] .'
    with pytest.raises(MappingError, match=r"^mapping.ttl, line 12, triples map Bad, subject map"):
        read_mapping(write_mapping(tmp_path, text))


def test_not_turtle(tmp_path: Path) -> None:
    with pytest.raises(RDFSyntaxError, match=r"mapping.ttl, line 9"):
        read_mapping(write_mapping(tmp_path, "<#M> rml:subject"))


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none.ttl: The mapping file cannot be read"):
        read_mapping(tmp_path / "none.ttl")
