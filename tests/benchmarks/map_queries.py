"""The 36 selections and joins over the synthetic map, as their published description says.

Selections: {intersects, within} a rectangle cut to a share of the square, for six
shares and two tags. Joins: {intersects, touches, within} between two classes, for the
four pairs of tags.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.benchmarks.feature_files import GEO, SQUARE, largest_tag, namespace

SHARES = (1.0, 0.75, 0.5, 0.25, 0.1, 0.001)
SELECTED = {"Intersects": "landOwnership", "Within": "pointOfInterest"}
JOINED = {
    "Intersects": ("landOwnership", "state"),
    "Touches": ("state", "state"),
    "Within": ("pointOfInterest", "state"),
}


@dataclass(frozen=True, slots=True)
class Selection:
    """Features of a class with a tag whose geometry relates to a rectangle."""

    relation: str
    share: float
    tag: int

    @property
    def class_name(self) -> str:
        """Which class is selected from."""
        return SELECTED[self.relation]

    @property
    def name(self) -> str:
        """What it is called in the table."""
        return f"{self.class_name} {self.relation} {self.share:g}, tag {self.tag}"

    @property
    def wkt(self) -> str:
        """The rectangle."""
        end = SQUARE * 1.01
        top = end if self.share == 1 else SQUARE * self.share
        return f"POLYGON ((-1 -1, {end} -1, {end} {top}, -1 {top}, -1 -1))"

    @property
    def sparql(self) -> str:
        """The query."""
        pattern = _tagged("f", "w", self.class_name, self.tag)
        constant = f'"{self.wkt}"^^<{GEO}wktLiteral>'
        return (
            f"{_HEAD} SELECT ?f ?w {{ {pattern} FILTER(geof:sf{self.relation}(?w, {constant})) }}"
        )


@dataclass(frozen=True, slots=True)
class Join:
    """Pairs of features of two classes, each with a tag, whose geometries relate."""

    relation: str
    tags: tuple[int, int]

    @property
    def class_names(self) -> tuple[str, str]:
        """Which classes are joined."""
        return JOINED[self.relation]

    @property
    def name(self) -> str:
        """What it is called in the table."""
        left, right = self.class_names
        return f"{left} {self.relation} {right}, tags {self.tags[0]} {self.tags[1]}"

    @property
    def sparql(self) -> str:
        """The query."""
        sides = zip("ab", self.class_names, self.tags, strict=True)
        patterns = " ".join(_tagged(v, f"w{v}", name, tag) for v, name, tag in sides)
        return f"{_HEAD} SELECT ?a ?b {{ {patterns} FILTER(geof:sf{self.relation}(?wa, ?wb)) }}"


_HEAD = "PREFIX geof: <http://www.opengis.net/def/function/geosparql/>"


def _tagged(feature: str, wkt: str, class_name: str, tag: int) -> str:
    space = namespace(class_name)
    return (
        f"?{feature} <{space}hasGeometry> ?{feature}g ; <{space}hasTag> ?{feature}t . "
        f'?{feature}g <{space}asWKT> ?{wkt} . ?{feature}t <{space}hasKey> "{tag}" .'
    )


def map_queries(n: int) -> Iterator[Selection | Join]:
    """Give the 36."""
    tags = (1, largest_tag(n))
    for relation in SELECTED:
        for tag in tags:
            for share in SHARES:
                yield Selection(relation, share, tag)
    for relation in JOINED:
        for left in tags:
            for right in tags:
                yield Join(relation, (left, right))
