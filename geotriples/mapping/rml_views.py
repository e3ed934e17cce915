"""Logical views (RML-LV): fields, joins and annotations, read and checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from geosparql.errors import MappingError
from geosparql.terms import IRI, Literal, Term
from geosparql.vocabulary import RDF_TYPE
from geotriples.mapping.contents import references
from geotriples.mapping.document import Document, local_name, name_of
from geotriples.mapping.logical_source import LogicalSource
from geotriples.mapping.logical_view import LogicalView, StructuralAnnotation, ViewField, ViewJoin
from geotriples.mapping.model import TermMap
from geotriples.mapping.rml_joins import read_joins
from geotriples.mapping.rml_sources import read_logical_source
from geotriples.mapping.rml_terms import FIELD, read_term_map
from geotriples.mapping.vocabulary import INDEX, JSON_PATH, RML

JOIN_KINDS = {RML + "leftJoin": "LEFT", RML + "innerJoin": "INNER", RML + "fullJoin": "FULL"}
ITERABLE_WORDS = ("iterator", "referenceFormulation")
ANNOTATIONS = frozenset(
    RML + kind + "Annotation"
    for kind in ("Unique", "ForeignKey", "NotNull", "IriSafe", "PrimaryKey", "Inclusion")
)
TARGETED = frozenset(RML + kind + "Annotation" for kind in ("ForeignKey", "Inclusion"))

_FIELD_NAME = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True)
class Views:
    """What reading a view needs: the file, the caller's database, the views it is part of."""

    document: Document
    database: str | None = None
    chain: tuple[Term, ...] = ()

    def read(self, node: Term, where: str) -> LogicalSource | LogicalView:
        """Read a logical source or a logical view.

        Raises
        ------
        MappingError
            Where it is not valid; a view over itself is not.
        """
        if not self.document.values(node, RML + "viewOn"):
            return read_logical_source(self.document, node, where, self.database)
        name = local_name(name_of(node))
        if node in self.chain:
            around = " → ".join(local_name(name_of(one)) for one in (*self.chain, node))
            raise MappingError(
                "A logical view reads itself", where=where, value=around,
                hint="Views and the parents of their joins must form no cycle",
            )  # fmt: skip
        inner = Views(self.document, self.database, (*self.chain, node))
        return inner._view(node, self.document.place_of(node, f"logical view {name}"))

    def _view(self, node: Term, where: str) -> LogicalView:
        document = self.document
        on_node = document.value(node, RML + "viewOn", where)
        assert on_node is not None
        for word in ITERABLE_WORDS:
            if document.values(node, RML + word):
                raise MappingError(f"A logical view has no rml:{word}", where=where,
                                   hint="State it of the logical source")  # fmt: skip
        on = self.read(on_node, where)
        formulation = "" if isinstance(on, LogicalView) else on.formulation
        view = LogicalView(
            name=name_of(node) if isinstance(node, IRI) else str(node),
            on=on,
            fields=_fields(document, node, formulation, where),
            joins=tuple(
                self._join(join, kind, where)
                for word, kind in JOIN_KINDS.items()
                for join in document.values(node, word)
            ),
            annotations=tuple(
                _annotation(document, one, where)
                for one in document.values(node, RML + "structuralAnnotation")
            ),
            where=where,
        )
        _check_view(view)
        return view

    def _join(self, node: Term, kind: str, where: str) -> ViewJoin:
        inner = f"{where}, {kind.lower()} join"
        parent_node = self.document.value(node, RML + "parentLogicalView", inner)
        parent = None if parent_node is None else self.read(parent_node, inner)
        if not isinstance(parent, LogicalView):
            raise MappingError("A join of views needs another view", where=inner,
                               hint="Give rml:parentLogicalView")  # fmt: skip
        joins = read_joins(self.document, node, inner)
        if not joins:
            raise MappingError("A join of views needs a condition", where=inner,
                               hint="Give rml:joinCondition")  # fmt: skip
        if any(one.condition is not None for one in joins):
            raise MappingError("Views are joined by equal values", where=inner,
                               hint="Join triples maps by how geometries lie")  # fmt: skip
        fields = _fields(self.document, node, "", inner)
        for field in fields:
            if field.expression is None or field.fields:
                raise MappingError("A field of a join is an expression without fields in it",
                                   where=field.where)  # fmt: skip
        return ViewJoin(kind, parent, joins, fields, inner)


def _fields(document: Document, node: Term, formulation: str, where: str) -> tuple[ViewField, ...]:
    """Read the fields of a view, a join or another field, whose records they read."""
    found = tuple(
        _field(document, one, formulation, where) for one in document.values(node, RML + "field")
    )
    names = [field.name for field in found]
    if doubled := {name for name in names if names.count(name) > 1}:
        raise MappingError("Two fields have the same name", where=where, value=min(doubled))
    return found


def _field(document: Document, node: Term, formulation: str, where: str) -> ViewField:
    name = document.text_of(node, RML + "fieldName", where)
    if name is None or not _FIELD_NAME.fullmatch(name):
        raise MappingError("A field needs a name of letters and digits", where=where, value=name,
                           hint="Give rml:fieldName")  # fmt: skip
    inner = f"{where}, field {name}"
    is_iterable = IRI(RML + "IterableField") in document.values(node, RDF_TYPE) or any(
        document.values(node, RML + word) for word in ITERABLE_WORDS
    )
    if not is_iterable:
        expression = read_term_map(document, node, FIELD, inner)
        return ViewField(name, inner, expression, fields=_fields(document, node, "", inner))
    own = document.text_of(node, RML + "referenceFormulation", inner)
    if own is not None and formulation and own != formulation:
        raise MappingError(
            "The records of a field cannot change their format here", where=inner, value=own,
            hint="Let the field stand in an rml:ExpressionField that gives its text",
        )  # fmt: skip
    held = own or formulation
    if not held:
        raise MappingError("The records of this field have no format", where=inner,
                           hint="Give rml:referenceFormulation")  # fmt: skip
    iterator = document.text_of(node, RML + "iterator", inner)
    return ViewField(
        name, inner, None, iterator or ("$" if held == JSON_PATH else None), held,
        _fields(document, node, held, inner),
    )  # fmt: skip


def _annotation(document: Document, node: Term, where: str) -> StructuralAnnotation:
    kinds = [one.value for one in document.values(node, RDF_TYPE) if isinstance(one, IRI)]
    kind = next((one for one in kinds if one in ANNOTATIONS), None)
    inner = f"{where}, structural annotation"
    if kind is None:
        raise MappingError("The kind of annotation is unknown", where=inner, value=kinds,
                           hint=f"Known: {', '.join(sorted(ANNOTATIONS))}")  # fmt: skip
    target = document.value(node, RML + "targetView", inner)
    fields, targets = (_names(document, node, word, inner) for word in ("onFields", "targetFields"))
    if not fields or (kind in TARGETED) != (target is not None) or (
        kind in TARGETED and len(fields) != len(targets)
    ):  # fmt: skip
        raise MappingError(
            "The annotation is not complete", where=inner, value=local_name(kind),
            hint="Give rml:onFields; foreign keys and inclusions also rml:targetView and as many "
            "rml:targetFields",
        )  # fmt: skip
    name = None if target is None else name_of(target)
    return StructuralAnnotation(local_name(kind), fields, name, targets)


def _names(document: Document, node: Term, word: str, where: str) -> tuple[str, ...]:
    members = document.value(node, RML + word, where)
    found = [] if members is None else document.list_of(members, where)
    return tuple(one.lexical for one in found if isinstance(one, Literal))


def _check_view(view: LogicalView) -> None:
    """Check what a view's parts refer to."""
    if not view.fields and not view.joins:
        raise MappingError("A logical view needs a field", where=view.where, hint="Give rml:field")
    for name, field in view.fields_by_name().items():
        for inner in field.fields if field.expression is not None else ():
            if inner.expression is not None:
                raise MappingError(
                    "A field with fields in it must be iterable", where=f"{inner.where} ({name})",
                    hint="Give the outer field rml:iterator instead of an expression, or let an "
                    "iterable field with rml:referenceFormulation read its text",
                )  # fmt: skip
    known = view.fields_by_name()
    own = {name for one in view.fields for name, _ in one.nested()}
    for join in view.joins:
        if doubled := own & {field.name for field in join.fields}:
            raise MappingError("Two fields have the same name", where=join.where,
                               value=min(doubled))  # fmt: skip
        own |= {field.name for field in join.fields}
        for condition in join.joins:
            check_references(view, condition.child)
            check_references(join.parent, condition.parent)
        for field in join.fields:
            assert field.expression is not None
            check_references(join.parent, field.expression)
    if isinstance(view.on, LogicalView):
        for field in view.fields:
            assert field.expression is not None
            check_references(view.on, field.expression)
    for annotation in view.annotations:
        for name in annotation.fields:
            _check_name(name, known, f"{view.where}, structural annotation")


def check_references(view: LogicalSource | LogicalView, *term_maps: TermMap) -> None:
    """Refuse references that a view has no key for (RML-LV, logical view expressions)."""
    if isinstance(view, LogicalView):
        known = view.fields_by_name()
        for term_map in term_maps:
            for reference in references(term_map):
                _check_name(reference, known, term_map.where)


def _check_name(reference: str, known: Mapping[str, ViewField], where: str) -> None:
    if reference == INDEX:
        return
    name = reference.removesuffix("." + INDEX)
    if name not in known:
        raise MappingError(
            "The logical view has no such field", where=where, value=reference,
            hint=_suggestion(name, known),
        )  # fmt: skip
    if name == reference and known[name].expression is None:
        raise MappingError(
            "The records of an iterable field cannot be referred to", where=where, value=reference,
            hint=f"Refer to a field in it, or to its position: {reference}.#",
        )  # fmt: skip


def _suggestion(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, known, 1)
    return f"Did you mean {close[0]}?" if close else f"It has: {', '.join(known)}"
