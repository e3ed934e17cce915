"""The SPARQL of the catalogue: item searches and look-ups as query texts.

What a caller gave comes in as terms, written in their N-Triples form; no text of
a caller is put into a query.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import shapely
from shapely.geometry.base import BaseGeometry

from endpoint.catalogue.footprint import box_geometry
from endpoint.catalogue.item_search import ItemSearch
from endpoint.catalogue.products import format_moment
from geosparql.terms import IRI, XSD, Literal, Term
from geosparql.vocabulary import GEO

EG = "https://w3id.org/earthgraph/product#"
WKT = GEO + "wktLiteral"

PREFIXES = f"""PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX eg: <{EG}>
PREFIX geo: <{GEO}>
PREFIX geof: <http://www.opengis.net/def/function/geosparql/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""

_STARTS = "VALUES ?when { eg:acquired eg:acquisitionStart } ?product ?when ?start ."


def moment_literal(moment: datetime) -> Literal:
    """Give a moment as an xsd:dateTime."""
    return Literal(format_moment(moment), XSD + "dateTime")


def page_query(
    search: ItemSearch, concepts: Sequence[str] | None, after: tuple[datetime, str] | None
) -> str:
    """Ask for one product more than fits on a page: newest first, then by id.

    Parameters
    ----------
    search
        What is asked for.
    concepts
        IRIs of the classes asked for with all that are narrower; None: any.
    after
        Start and id of the last product of the page before.
    """
    parts = [
        "?product a eg:Product ; dcterms:identifier ?id ; eg:inCollection ?in .",
        "?in dcterms:identifier ?collection .",
        _STARTS,
    ]
    if search.collections:
        parts.append(_one_of("collection", map(Literal, search.collections)))
    if search.ids:
        parts.append(_one_of("id", map(Literal, search.ids)))
    if search.platforms:
        parts += [_one_of("platform", map(Literal, search.platforms)),
                  "?product eg:platform ?platform ."]  # fmt: skip
    for geometry in _places(search):
        wkt = Literal(shapely.to_wkt(geometry, rounding_precision=-1), WKT)
        parts += ["?product geo:hasGeometry/geo:asWKT ?footprint .",
                  f"FILTER (geof:sfIntersects(?footprint, {wkt}))"]  # fmt: skip
    if concepts is not None and not search.shares:
        parts += [_one_of("class", map(IRI, concepts)),
                  "?detection eg:detectedIn ?product ; eg:foundClass ?class ."]  # fmt: skip
    elif concepts is not None:
        bounds = " && ".join(f"?share {sign} {_decimal(bound)}" for sign, bound in search.shares)
        parts += [_shares(concepts), f"FILTER ({bounds})"]
    parts += _time_filters(search, after)
    body = "\n  ".join(parts)
    return (
        f"{PREFIXES}SELECT DISTINCT ?product ?id ?start ?collection WHERE {{\n  {body}\n}}\n"
        f"ORDER BY DESC(?start) ?id LIMIT {search.limit + 1}"
    )


def _places(search: ItemSearch) -> list[BaseGeometry]:
    if search.box is not None:
        return [box_geometry(search.box)]
    return [] if search.intersects is None else [search.intersects]


def _one_of(name: str, terms: Iterable[Term]) -> str:
    return f"VALUES ?{name} {{ {' '.join(map(str, terms))} }}"


def _decimal(number: float) -> Literal:
    return Literal(f"{number:.12f}", XSD + "decimal")


def _time_filters(search: ItemSearch, after: tuple[datetime, str] | None) -> list[str]:
    parts = []
    if search.start is not None:
        first = moment_literal(search.start)
        parts += ["OPTIONAL { ?product eg:acquisitionEnd ?end }",
                  f"FILTER (COALESCE(?end, ?start) >= {first})"]  # fmt: skip
    if search.end is not None:
        parts.append(f"FILTER (?start <= {moment_literal(search.end)})")
    if after is not None:
        start, last = moment_literal(after[0]), Literal(after[1])
        parts.append(f"FILTER (?start < {start} || (?start = {start} && STR(?id) > {last}))")
    return parts


_MEASURES = "VALUES ?measure { eg:share geo:hasMetricArea eg:pixelCount }"


def _shares(concepts: Sequence[str]) -> str:
    """Give each product's share of some classes: stated, else from areas, else from pixels."""
    wanted = ", ".join(str(IRI(concept)) for concept in concepts)
    sums = " ".join(
        f"(SUM(IF(?measure = {measure}, ?value, 0)) AS ?{name}_all) "
        f"(SUM(IF(?measure = {measure} && ?wanted, ?value, 0)) AS ?{name})"
        for name, measure in (("s", "eg:share"), ("a", "geo:hasMetricArea"), ("n", "eg:pixelCount"))
    )
    return f"""{{ SELECT ?product {sums} WHERE {{
      {_MEASURES} ?detection eg:detectedIn ?product ; eg:foundClass ?found ; ?measure ?value .
      BIND (?found IN ({wanted}) AS ?wanted) }} GROUP BY ?product }}
  BIND (IF(?s_all > 0, ?s, IF(?a_all > 0, ?a / ?a_all, ?n / ?n_all)) AS ?share)"""


def properties_query(products: Sequence[str]) -> str:
    """Ask for all that is said of some products."""
    chosen = _one_of("product", map(IRI, products))
    return f"SELECT ?product ?property ?value WHERE {{ {chosen} ?product ?property ?value }}"


def footprints_query(products: Sequence[str]) -> str:
    """Ask for the footprints of some products."""
    chosen = _one_of("product", map(IRI, products))
    return f"""{PREFIXES}SELECT ?product ?footprint WHERE {{
  {chosen} ?product geo:hasGeometry/geo:asWKT ?footprint }}"""


def classes_query(products: Sequence[str]) -> str:
    """Ask for the classes that were found in some products."""
    chosen = _one_of("product", map(IRI, products))
    return f"""{PREFIXES}SELECT DISTINCT ?product ?class WHERE {{
  {chosen} ?detection eg:detectedIn ?product ; eg:foundClass ?class }}"""


def measures_query(products: Sequence[str]) -> str:
    """Ask for the sums of share, area and pixels of each class in some products."""
    chosen = _one_of("product", map(IRI, products))
    return f"""{PREFIXES}SELECT ?product ?class ?measure (SUM(?value) AS ?sum) WHERE {{
  {chosen} {_MEASURES}
  ?detection eg:detectedIn ?product ; eg:foundClass ?class ; ?measure ?value
}} GROUP BY ?product ?class ?measure"""


def assets_query(products: Sequence[str]) -> str:
    """Ask for all that is said of the files of some products."""
    chosen = _one_of("product", map(IRI, products))
    return f"""{PREFIXES}SELECT ?product ?file ?property ?value WHERE {{
  {chosen} ?product dcat:distribution ?file . ?file ?property ?value }}"""


def concepts_query(name: str) -> str:
    """Ask for the concepts with a notation or a label, upper and lower case alike."""
    text = Literal(name.lower())
    return f"""{PREFIXES}SELECT DISTINCT ?concept WHERE {{
  ?concept a skos:Concept ; skos:notation|skos:prefLabel|skos:altLabel ?name
  FILTER (LCASE(STR(?name)) = {text}) }}"""


def narrower_query(concepts: Sequence[str]) -> str:
    """Ask for some concepts and all that are narrower."""
    chosen = _one_of("top", map(IRI, concepts))
    return f"""{PREFIXES}SELECT DISTINCT ?concept WHERE {{
  {chosen} ?concept (skos:broader|^skos:narrower)* ?top }}"""


def labels_query(concepts: Sequence[str]) -> str:
    """Ask for notation and labels of some concepts."""
    chosen = _one_of("concept", map(IRI, concepts))
    return f"""{PREFIXES}SELECT ?concept ?property ?value WHERE {{
  {chosen} VALUES ?property {{ skos:notation skos:prefLabel }} ?concept ?property ?value }}"""


COLLECTIONS_QUERY = f"""{PREFIXES}SELECT ?collection ?property ?value WHERE {{
  ?collection a eg:Collection ; ?property ?value }}"""

STARTS_QUERY = f"""{PREFIXES}SELECT ?collection (MIN(?start) AS ?first) (MAX(?start) AS ?last)
WHERE {{ ?product a eg:Product ; eg:inCollection ?collection . {_STARTS} }} GROUP BY ?collection"""

ENDS_QUERY = f"""{PREFIXES}SELECT ?collection (MAX(?end) AS ?last) WHERE {{
  ?product a eg:Product ; eg:inCollection ?collection ; eg:acquisitionEnd ?end
}} GROUP BY ?collection"""

EXTENTS_QUERY = f"""{PREFIXES}SELECT ?collection (MIN(geof:minX(?wkt)) AS ?west)
  (MIN(geof:minY(?wkt)) AS ?south) (MAX(geof:maxX(?wkt)) AS ?east) (MAX(geof:maxY(?wkt)) AS ?north)
WHERE {{ ?product a eg:Product ; eg:inCollection ?collection ; geo:hasGeometry/geo:asWKT ?wkt }}
GROUP BY ?collection"""

PLATFORMS_QUERY = f"""{PREFIXES}SELECT DISTINCT ?collection ?platform WHERE {{
  ?product a eg:Product ; eg:inCollection ?collection ; eg:platform ?platform }}"""

SCHEMES_QUERY = f"""{PREFIXES}SELECT ?scheme ?title WHERE {{
  ?scheme a skos:ConceptScheme OPTIONAL {{ ?scheme dcterms:title ?title }} }} ORDER BY ?scheme"""
