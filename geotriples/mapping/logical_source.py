"""Logical sources as frozen values (RML-IO): the part of the model that says what is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from geosparql.errors import MappingError
from geotriples.access import EVERYTHING, SourceAccess, shown_url

PACKED = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "zstd", ".zip": "zip",
          ".tgz": "targz", ".txz": "tarxz"}  # fmt: skip
"""Compression of a source that states none, by the end of its name."""


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file to read, and how its bytes become text (RML-IO)."""

    path: Path
    encoding: str = "utf-8"
    compression: str | None = None
    """``gzip``, ``bzip2``, ``xz``, ``zstd``, ``zip``, ``targz``, ``tarxz`` or none."""
    nulls: tuple[str, ...] = ()
    """Texts that stand for a missing value."""
    url: str | None = field(default=None, repr=False)
    """Where it stands, if not on this machine; `path` is its name then."""
    access: SourceAccess = field(default=EVERYTHING, compare=False, repr=False)

    @property
    def name(self) -> str:
        """What messages call it."""
        return str(self.path) if self.url is None else shown_url(self.url)


@dataclass(frozen=True, slots=True)
class DatabaseSource:
    """A database: ``postgresql://user:password@host/name``, ``sqlite:///file.db``.

    A service that answers requests is one too: ``https://host/sparql``.
    """

    url: str = field(repr=False)
    access: SourceAccess = field(default=EVERYTHING, compare=False, repr=False)

    @property
    def name(self) -> str:
        """What messages call it: the URL without user and password."""
        return shown_url(self.url)


@dataclass(frozen=True, slots=True)
class LogicalSource:
    """A source, how it is referred to, and what one row of it is."""

    source: FileSource | DatabaseSource
    formulation: str
    where: str
    iterator: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    """Further properties by IRI (CSVW dialect, `egr:`), in alphabetical order."""
    zones: LogicalSource | None = None
    """The features within which a raster is summed up."""

    def option(self, iri: str) -> str | None:
        """Give the value of a further property."""
        return dict(self.options).get(iri)

    @property
    def file(self) -> FileSource:
        """The file that is read; a MappingError where the source is none."""
        if isinstance(self.source, FileSource):
            return self.source
        raise MappingError(
            "The reference formulation reads files and the source is none", where=self.where,
            value=self.source.name,
        )  # fmt: skip

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two logical sources the same rows."""
        zones = self.zones and self.zones.key
        return (self.source, self.formulation, self.iterator, self.options, zones)

    @property
    def inputs(self) -> tuple[LogicalSource, ...]:
        """The logical sources that are read for it: itself, and its zones."""
        return (self,) if self.zones is None else (self, *self.zones.inputs)
