"""A draft as RML in Turtle, laid out and commented so that a person can go on with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from geosparql.terms import XSD_STRING
from geotriples.draft.drafted import Drafted
from geotriples.draft.roles import CLASS, Place, escaped
from geotriples.draft.survey import SeenColumn
from geotriples.draft.turtle import (
    PREFIXES,
    formulation_of,
    one_line,
    option_value,
    options_of,
    place_of,
    pom,
    quoted,
    short,
)
from geotriples.mapping.vocabulary import INDEX

CLASS_LABEL = "label"
"""The column of a class table that names the class."""

MEASURES: dict[int | None, tuple[tuple[str, str], ...]] = {
    1: (("geo:hasMetricLength", "geof:metricLength"),),
    2: (
        ("geo:hasMetricArea", "geof:metricArea"),
        ("geo:hasMetricPerimeterLength", "geof:metricPerimeter"),
    ),
}
"""Dimension of geometries to GeoSPARQL's properties of size and the functions that give them."""


def write_draft(drafted: Sequence[Drafted], title: str, base: str, folder: Path) -> str:
    """Write the mapping of some layers.

    Parameters
    ----------
    drafted
        The layers.
    title
        What they are of, for the first line.
    base
        Beginning of all IRIs.
    folder
        Where the mapping will stand; paths of sources start there.

    Returns
    -------
    str
        RML in Turtle.
    """
    lines = [
        f"# Draft of a mapping of {one_line(title)}. It runs as it is; change what should be",
        "# otherwise and look at it again with `earthgraph check`.",
        *PREFIXES.splitlines(),
        f"@prefix def: <{base}def#> .",
        f"@base <{base}mapping> .",
    ]
    for number, one in enumerate(drafted):
        suffix = "" if len(drafted) == 1 else f"_{number + 1}"
        lines += ["", *_Writer(one, base, folder, suffix).lines()]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the triples maps of one layer; `suffix` keeps their names apart."""

    drafted: Drafted
    base: str
    folder: Path
    suffix: str

    def lines(self) -> Iterator[str]:
        drafted = self.drafted
        yield from self._source()
        yield ""
        if drafted.roles.key == INDEX:
            yield from self._view()
            yield ""
        yield from self._feature()
        if drafted.roles.place is not None:
            yield ""
            yield from self._geometry(drafted.roles.place)
        for column in drafted.roles.codes:
            yield from self._code_list(column)

    def _named(self, name: str) -> str:
        return f"<#{name}{self.suffix}>"

    def _reference(self, reference: str) -> str:
        """Give a reference as triples maps make it: a view has fields of its own."""
        drafted = self.drafted
        return drafted.names[reference] if drafted.roles.key == INDEX else reference

    def _source(self) -> Iterator[str]:
        layer, seen = self.drafted.layer, self.drafted.seen
        read = f"{seen.rows:,} rows" if seen.whole else f"the first {seen.rows:,} rows"
        yield f"# {one_line(layer.name)}: drafted from {read}."
        if layer.left_out:
            names = one_line(", ".join(layer.left_out))
            yield f"# Left out, for their values have no form in RDF: {names}"
        source = layer.source
        lines = [
            f"rml:source {place_of(source, self.folder)}",
            f"rml:referenceFormulation {formulation_of(source)}",
            *([f"rml:iterator {quoted(source.iterator)}"] if source.iterator else []),
            *(f"{short(iri)} {option_value(value)}" for iri, value in options_of(source)),
        ]
        yield f"{self._named('source')} a rml:LogicalSource ;"
        yield " ;\n".join(f"    {line}" for line in lines) + " ."

    def _view(self) -> Iterator[str]:
        fields = [
            f"    rml:field [ a rml:ExpressionField ; rml:fieldName {quoted(name)} ; "
            f"rml:reference {quoted(reference)} ]"
            for reference, name in self.drafted.names.items()
        ]
        yield "# No column tells all rows apart, so the number of the row (#) does."
        yield f"{self._named('rows')} a rml:LogicalView ; rml:viewOn {self._named('source')} ;"
        yield " ;\n".join(fields) + " ."

    @property
    def _rows(self) -> str:
        return self._named("rows" if self.drafted.roles.key == INDEX else "source")

    def _feature_iri(self) -> str:
        key = self.drafted.roles.key
        part = INDEX if key == INDEX else escaped(key)
        return f"{self.base}{self.drafted.slug}/{{{part}}}"

    def _feature(self) -> Iterator[str]:
        roles = self.drafted.roles
        classes = f"def:{self.drafted.class_name}" + (", geo:Feature" if roles.place else "")
        languages = {column.reference: language for column, language in roles.labels}
        maps = []
        for column in self.drafted.seen.columns:
            if column.reference in languages:
                maps.append(self._label(column, languages[column.reference]))
            elif column in roles.codes:
                maps.append(self._code(column))
            elif column in roles.properties:
                maps.append(self._property(column))
        if roles.place is not None:
            maps += self._measures(roles.place)
            iri = quoted(self._feature_iri() + "/geometry")
            maps.append(pom("geo:hasGeometry, geo:hasDefaultGeometry", f"rml:template {iri}"))
        yield from self._triples_map(
            "feature", f"rml:template {quoted(self._feature_iri())} ; rml:class {classes}", maps
        )

    def _geometry(self, place: Place) -> Iterator[str]:
        subject = (
            f"rml:template {quoted(self._feature_iri() + '/geometry')} ; rml:class geo:Geometry"
        )
        value = f"{self._shape(place)} ; rml:datatype geo:wktLiteral"
        yield from self._triples_map("geometry", subject, [pom("geo:asWKT", value)])

    def _shape(self, place: Place) -> str:
        if place.template is None:
            return f"rml:reference {quoted(self._reference(place.reference or ''))}"
        text = place.template
        for name in place.columns:
            text = text.replace(f"{{{escaped(name)}}}", f"{{{escaped(self._reference(name))}}}")
        return f"rml:template {quoted(text)} ; rml:termType rml:Literal"

    def _measures(self, place: Place) -> list[str]:
        datatype = "" if self.drafted.layer.geometry else " ; rml:datatype geo:wktLiteral"
        shape = f"rml:inputValueMap [ {self._shape(place)}{datatype} ]"
        return [
            pom(
                predicate,
                f"rml:functionExecution [ rml:function {function} ; "
                f"rml:input [ rml:parameter egr:geometry ; {shape} ] ]",
            )
            for predicate, function in MEASURES.get(place.dimension, ())
            if place.template is None
        ]

    def _definition(self, column: SeenColumn) -> str:
        return f"def:{self.drafted.names[column.reference]}"

    def _label(self, column: SeenColumn, language: str | None) -> str:
        tag = f" ; rml:language {quoted(language)}" if language else ""
        return pom("rdfs:label", f"rml:reference {quoted(self._reference(column.reference))}{tag}")

    def _property(self, column: SeenColumn) -> str:
        named = None if column.datatype == XSD_STRING else column.datatype
        datatype = f" ; rml:datatype {short(named)}" if named else ""
        value = f"rml:reference {quoted(self._reference(column.reference))}{datatype}"
        return pom(self._definition(column), value)

    def _scheme(self, column: SeenColumn) -> str:
        return f"{self.base}codes/{self.drafted.slug}/{self.drafted.names[column.reference]}"

    def _concept_iri(self, column: SeenColumn) -> str:
        name = escaped(self._reference(column.reference))
        return quoted(f"{self._scheme(column)}/{{{name}}}")

    def _code(self, column: SeenColumn) -> str:
        return pom(self._definition(column), f"rml:template {self._concept_iri(column)}")

    def _code_list(self, column: SeenColumn) -> Iterator[str]:
        name = self.drafted.names[column.reference]
        scheme = f"<{self._scheme(column)}>"
        values = column.values or ()
        shown = ", ".join(repr(one_line(value)) for value in values[:4])
        more = f" … {len(values)} in all" if len(values) > 4 else ""
        yield ""
        yield f"# Codes of {one_line(column.reference)}: {shown}{more}"
        label = (
            f"rml:reference {quoted(self._reference(column.reference))} ; rml:datatype xsd:string"
        )
        told = self._of_class() if column.reference == CLASS else []
        has_label = CLASS_LABEL in self.drafted.layer.of_class
        named = "skos:notation" if told and has_label else "skos:prefLabel, skos:notation"
        yield from self._triples_map(
            f"code_{name}",
            f"rml:template {self._concept_iri(column)} ; rml:class skos:Concept",
            [pom(named, label), *told, f"[ rml:predicate skos:inScheme ; rml:object {scheme} ]"],
        )
        yield ""
        yield from self._triples_map(
            f"codes_{name}",
            f"rml:constant {scheme} ; rml:class skos:ConceptScheme",
            [f"[ rml:predicate skos:prefLabel ; rml:object {quoted(column.reference)} ]"],
        )

    def _of_class(self) -> list[str]:
        """Give what the class table of a raster says of a class."""
        layer, seen = self.drafted.layer, self.drafted.seen
        columns = [column for column in seen.columns if column.reference in layer.of_class]
        return [
            pom("skos:prefLabel", f"rml:reference {quoted(self._reference(column.reference))}")
            if column.reference == CLASS_LABEL
            else self._property(column)
            for column in columns
            if column.nulls < seen.rows
        ]

    def _triples_map(self, name: str, subject: str, maps: Sequence[str]) -> Iterator[str]:
        yield f"{self._named(name)} a rml:TriplesMap ; rml:logicalSource {self._rows} ;"
        yield f"    rml:subjectMap [ {subject} ] {';' if maps else '.'}"
        if maps:
            yield "    rml:predicateObjectMap"
            yield " ,\n".join(f"        {one}" for one in maps) + " ."
