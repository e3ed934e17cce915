"""One layer and all that was found out about it, with the names that it gets."""

from __future__ import annotations

from dataclasses import dataclass

from geotriples.draft.layer import Layer
from geotriples.draft.roles import Roles, local_name
from geotriples.draft.survey import Survey


@dataclass(frozen=True, slots=True)
class Drafted:
    """One layer and all that was found out about it."""

    layer: Layer
    seen: Survey
    roles: Roles

    @property
    def slug(self) -> str:
        """The name of the layer as it stands in IRIs."""
        return local_name(self.layer.name)

    @property
    def names(self) -> dict[str, str]:
        """Names of the columns that can be part of IRIs, each its own."""
        names: dict[str, str] = {}
        place = () if self.roles.place is None else self.roles.place.columns
        for reference in (*(column.reference for column in self.seen.columns), *place):
            name, number = local_name(reference), 1
            while name in names.values() and reference not in names:
                number += 1
                name = f"{local_name(reference)}_{number}"
            names.setdefault(reference, name)
        return names

    @property
    def class_name(self) -> str:
        """The name of the class of its features."""
        words = self.slug.split("_")
        return "".join(word[:1].upper() + word[1:] for word in words)
