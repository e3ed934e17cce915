"""What a mapping may touch: the folders and hosts of its sources, and how much they may hold.

On a command line a mapping is its caller's own and reads what it names. Where a
server runs mappings of others, `restricted` keeps them inside of what is allowed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from geosparql.errors import SourceError

if TYPE_CHECKING:
    from geotriples.mapping.model import Mapping


@dataclass(frozen=True, slots=True)
class SourceAccess:
    """What sources may be read.

    Parameters
    ----------
    roots
        Folders that files must be in, links followed; None is everywhere.
    hosts
        Names of hosts (``host`` or ``host:port``) that may be asked, and of buckets of
        object stores; None is any. A database on the same machine that is reached without
        a host has the name "".
    most_bytes
        What one file may hold when it is unpacked or fetched.
    most_ratio
        How many times as much as its packed bytes a file may hold, beyond the first
        hundred megabytes: more is a bomb.
    """

    roots: tuple[Path, ...] | None = None
    hosts: frozenset[str] | None = None
    most_bytes: int = 1 << 40
    most_ratio: int = 500

    def check_path(self, path: Path) -> None:
        """Raise a SourceError where a file is outside of the roots."""
        if self.roots is None:
            return
        real = path.resolve()
        if not any(real.is_relative_to(root.resolve()) for root in self.roots):
            raise SourceError(
                "The file is outside of the folders that mappings may read", where=path.name,
                hint="Put it into one of them",
            )  # fmt: skip

    def check_url(self, url: str) -> None:
        """Raise a SourceError where a host may not be asked."""
        place = urlsplit(url).netloc.rpartition("@")[2].lower()
        if self.hosts is not None and (
            "," in place or not {place, place.rsplit(":")[0]} & self.hosts
        ):
            raise SourceError(
                "The host is not among those that mappings may ask", value=place,
                hint="Allow it, or fetch the data first",
            )  # fmt: skip

    def check_object(self, url: str) -> None:
        """Raise a SourceError where an object of a store may not be read."""
        if self.roots is None and self.hosts is None:
            return
        if urlsplit(url).scheme not in OBJECT_STORES:
            raise SourceError(
                "Addresses of this kind are not allowed", where=shown_url(url),
                hint=f"Allowed: http, https, {', '.join(sorted(OBJECT_STORES))}",
            )  # fmt: skip
        self.check_url(url)


OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss"})
"""Schemes that name a bucket alone; others of fsspec can name any file (``local:``, ``::``)."""

EVERYTHING = SourceAccess()


def only(roots: Iterable[Path], hosts: Iterable[str]) -> SourceAccess:
    """Give an access to these folders and hosts; to everything where none is named."""
    folders, names = tuple(roots), frozenset(host.lower() for host in hosts)
    return SourceAccess(folders, names) if folders or names else EVERYTHING


def shown_url(url: str) -> str:
    """Give a URL without user, password and parameters."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{place}{parts.path}" if parts.scheme else url


def restricted(mapping: Mapping, access: SourceAccess) -> Mapping:
    """Give a mapping whose sources keep to what is allowed.

    Parameters
    ----------
    mapping
        From `geotriples.mapping.rml.read_mapping`.
    access
        What they may touch.

    Returns
    -------
    Mapping
        The same; opening a source outside of it is a SourceError.

    Raises
    ------
    SourceError
        Where a function reads a file outside of it.
    """
    from geotriples.functions.binding import files_looked_up  # it reads the model, which reads this

    for path in files_looked_up(mapping):
        access.check_path(path)
    maps = tuple(
        replace(one, source=_restricted_source(one.source, access)) for one in mapping.triples_maps
    )
    return replace(mapping, triples_maps=maps)


def _restricted_source(source: Any, access: SourceAccess) -> Any:
    """Restrict a logical source, or all that a logical view reads."""
    if not hasattr(source, "on"):
        zones = source.zones and _restricted_source(source.zones, access)
        return replace(source, source=replace(source.source, access=access), zones=zones)
    joins = tuple(
        replace(join, parent=_restricted_source(join.parent, access)) for join in source.joins
    )
    return replace(source, on=_restricted_source(source.on, access), joins=joins)
