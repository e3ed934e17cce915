"""Every file that comes with earthgraph parses, and every term says what it is."""

import pytest

from geosparql.errors import InputError
from geosparql.relations import RELATIONS
from geosparql.vocabulary import DCTERMS, GML_SUB_CLASSES, OWL, RDF_TYPE, RDFS, SF_SUB_CLASSES, SKOS
from ontologies.closure import closure, narrower_of
from ontologies.load import ONTOLOGIES, ontology_triples

VANN = "http://purl.org/vocab/vann/"
STAGE = ONTOLOGIES["ice_stage"].namespace
CROP = ONTOLOGIES["crop"].namespace
TERM_TYPES = {OWL + "Class", OWL + "ObjectProperty", OWL + "DatatypeProperty", SKOS + "Concept"}


def triples(name: str) -> set[tuple[str, str, str]]:
    return {
        (row["subject"], row["predicate"], row["object"])
        for batch in ontology_triples([name])
        for row in batch.to_pylist()
    }


@pytest.mark.parametrize("name", ONTOLOGIES)
def test_header_is_complete(name: str) -> None:
    found = triples(name)
    (subject,) = {s for s, p, o in found if (p, o) == (RDF_TYPE, OWL + "Ontology")}
    said = {p for s, p, _ in found if s == subject}
    assert said >= {
        DCTERMS + "title",
        DCTERMS + "description",
        DCTERMS + "license",
        OWL + "versionIRI",
        VANN + "preferredNamespacePrefix",
    }
    assert (subject, VANN + "preferredNamespacePrefix", ONTOLOGIES[name].prefix) in found


@pytest.mark.parametrize("name", ONTOLOGIES)
def test_every_term_has_label_and_definition(name: str) -> None:
    found = triples(name)
    terms = {s for s, p, o in found if p == RDF_TYPE and o in TERM_TYPES}
    labelled = {s for s, p, _ in found if p in (RDFS + "label", SKOS + "prefLabel")}
    defined = {s for s, p, _ in found if p == SKOS + "definition"}
    assert terms
    assert terms - labelled == set()
    assert terms - defined == set()


@pytest.mark.parametrize("name", ONTOLOGIES)
def test_every_concept_is_placed(name: str) -> None:
    found = triples(name)
    concepts = {s for s, p, o in found if (p, o) == (RDF_TYPE, SKOS + "Concept")}
    placed = {s for s, p, _ in found if p in (SKOS + "broader", SKOS + "topConceptOf")}
    above = {o for _, p, o in found if p == SKOS + "broader"}
    assert concepts - placed == set()
    assert above - concepts == set()


def test_geosparql_says_what_the_tables_say() -> None:
    found = triples("geosparql")
    for narrower, broader in (*SF_SUB_CLASSES, *GML_SUB_CLASSES):
        assert (narrower, RDFS + "subClassOf", broader) in found
    for relation in RELATIONS:
        assert (relation.iri, RDF_TYPE, OWL + "ObjectProperty") in found


def test_the_hierarchy_of_ice_that_flat_codes_hide() -> None:
    table = closure(ontology_triples(["ice_stage"]))
    assert narrower_of(table, STAGE + "83") == {STAGE + code for code in ("83", "84", "85")}
    first_year = {STAGE + code for code in ("86", "87", "88", "89", "91", "93")}
    assert narrower_of(table, STAGE + "86") == first_year
    assert narrower_of(table, STAGE + "95") == {STAGE + code for code in ("95", "96", "97")}


def test_fast_ice_has_another_code_in_each_version() -> None:
    for name, code in (("ice_form_3_0", "08"), ("ice_form_3_1", "09")):
        concept = ONTOLOGIES[name].namespace + code
        assert (concept, SKOS + "prefLabel", "fast ice") in triples(name)


def test_winter_wheat_is_a_cereal_and_maize_is_no_winter_cereal() -> None:
    table = closure(ontology_triples(["crop"]))
    assert CROP + "winter-wheat" in narrower_of(table, CROP + "cereals")
    assert CROP + "maize" not in narrower_of(table, CROP + "winter-cereals")


def test_unknown_name_is_refused() -> None:
    with pytest.raises(InputError, match="ice_stage"):
        list(ontology_triples(["icestage"]))


def test_gml_surfaces_and_curves_stand_where_the_ogc_ontology_puts_them() -> None:
    table = closure(ontology_triples(["geosparql"]))
    gml = "http://www.opengis.net/ont/gml#"
    surfaces = narrower_of(table, gml + "OrientableSurface")
    assert {gml + name for name in ("Surface", "Polygon", "Tin", "Shell")} <= surfaces
    assert gml + "LineString" in narrower_of(table, gml + "AbstractCurveSegment")
    assert gml + "MultiSurface" in narrower_of(table, gml + "MultiGeometry")
    assert gml + "Polygon" not in narrower_of(table, gml + "OrientableCurve")
