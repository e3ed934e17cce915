"""Logical views as frozen values (RML-LV): the part of the model that names rows of a source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from geotriples.mapping.logical_source import DatabaseSource, FileSource, LogicalSource
from geotriples.mapping.model import Join, TermMap


@dataclass(frozen=True, slots=True)
class ViewField:
    """A field of a logical view: the values of an expression, or the records of an iterator."""

    name: str
    where: str
    expression: TermMap | None = None
    """None: an iterable field."""
    iterator: str | None = None
    formulation: str = ""
    """Of an iterable field: how its own fields are referred to."""
    fields: tuple[ViewField, ...] = ()

    def nested(self, prefix: str = "") -> Iterator[tuple[str, ViewField]]:
        """Give this field and those in it by absolute name (RML-LV, field names)."""
        yield prefix + self.name, self
        for inner in self.fields:
            yield from inner.nested(f"{prefix}{self.name}.")


@dataclass(frozen=True, slots=True)
class ViewJoin:
    """Fields that a logical view takes from another one."""

    kind: str
    """``LEFT``, ``INNER`` or ``FULL``."""
    parent: LogicalView
    joins: tuple[Join, ...]
    fields: tuple[ViewField, ...]
    where: str


@dataclass(frozen=True, slots=True)
class StructuralAnnotation:
    """What a mapping promises of the fields of a view (RML-LV); the triples are the same without.

    `target` and `target_fields` are those of foreign keys and inclusions.
    """

    kind: str
    fields: tuple[str, ...]
    target: str | None = None
    target_fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LogicalView:
    """Rows of named fields over a source or another view (RML-LV)."""

    name: str
    on: LogicalSource | LogicalView
    fields: tuple[ViewField, ...]
    joins: tuple[ViewJoin, ...]
    annotations: tuple[StructuralAnnotation, ...]
    where: str

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two views the same rows."""
        return (self.name,)

    @property
    def source(self) -> FileSource | DatabaseSource:
        """The source at the root of the view."""
        return self.on.source

    @property
    def inputs(self) -> tuple[LogicalSource, ...]:
        """The logical sources that are read for it."""
        joined = (source for join in self.joins for source in join.parent.inputs)
        return (*self.on.inputs, *joined)

    def fields_by_name(self) -> dict[str, ViewField]:
        """Give every field by its absolute name, those of joins included."""
        found = {name: field for one in self.fields for name, field in one.nested()}
        for join in self.joins:
            found |= {field.name: field for field in join.fields}
        return found
