"""Every measure of likeness that a rule may name, and every value that a link may carry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from geosparql.terms import XSD
from geosparql.vocabulary import EGL
from interlink.measures import numbers, texts
from interlink.measures.shapes import Shapes
from interlink.times import Times, gaps_s, shares

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Option:
    """A setting of a measure: a number above zero, or some of `choices`."""

    name: str
    about: str
    choices: tuple[str, ...] = ()
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """How like two values are, from 0 to 1; NaN where one of them is missing or no such value.

    `similarity` takes two lists of texts (`of` is ``attributes``), `Shapes`, or two
    `Times`, and the options by name.
    """

    name: str
    of: Literal["attributes", "geometries", "times"]
    about: str
    similarity: Callable[..., Floats]
    options: tuple[Option, ...] = ()


def _distance(shapes: Shapes, *, max_m: float) -> Floats:
    return numbers.nearness(shapes.distance_m, max_m)


def _hausdorff(shapes: Shapes, *, max_m: float) -> Floats:
    return numbers.nearness(shapes.hausdorff_m, max_m)


def _overlap(shapes: Shapes) -> Floats:
    return np.fmax(shapes.overlap.share_left, shapes.overlap.share_right)


def _time_gap(a: Times, b: Times, *, max_s: float) -> Floats:
    return numbers.nearness(gaps_s(a, b), max_s)


_NORMALIZE = (Option("normalize", "what differences of texts do not count; all", texts.STEPS),)
_MAX_M = (Option("max_m", "metres at which the similarity is 0", needed=True),)

MEASURES: tuple[Measure, ...] = (
    Measure("exact", "attributes", "1 where the texts are equal, else 0", texts.exact, _NORMALIZE),
    Measure("jaro_winkler", "attributes", "Jaro-Winkler similarity: names with slips of the pen",
            texts.jaro_winkler, _NORMALIZE),
    Measure("levenshtein", "attributes", "1 less the edits per letter of the longer text",
            texts.levenshtein, _NORMALIZE),
    Measure("token_sort", "attributes", "likeness of the letters, whatever the order of words",
            texts.token_sort, _NORMALIZE),
    Measure("token_set", "attributes", "as token_sort; words of one text alone hardly count",
            texts.token_set, _NORMALIZE),
    Measure("token_jaccard", "attributes", "shared words by all words", texts.token_jaccard,
            _NORMALIZE),
    Measure("numeric", "attributes", "1 at equal numbers, evenly to 0 at max_difference",
            numbers.difference,
            (Option("max_difference", "difference at which the similarity is 0", needed=True),)),
    Measure("ratio", "attributes", "the smaller number by the larger one", numbers.ratio),
    Measure("distance", "geometries", "1 at distance 0, evenly to 0 at max_m", _distance, _MAX_M),
    Measure("hausdorff", "geometries", "1 at Hausdorff distance 0, evenly to 0 at max_m",
            _hausdorff, _MAX_M),
    Measure("iou", "geometries", "intersection over union of the areas",
            lambda shapes: shapes.overlap.iou),
    Measure("overlap", "geometries", "shared area by the smaller area", _overlap),
    Measure("share_left", "geometries", "shared area by the left area",
            lambda shapes: shapes.overlap.share_left),
    Measure("share_right", "geometries", "shared area by the right area",
            lambda shapes: shapes.overlap.share_right),
    Measure("temporal", "times", "1 where times share a moment, evenly to 0 at max_s apart",
            _time_gap, (Option("max_s", "seconds at which the similarity is 0", needed=True),)),
    Measure("time_overlap", "times", "shared time by the time of both together", shares),
)  # fmt: skip
MEASURE_BY_NAME = {measure.name: measure for measure in MEASURES}


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a link: the property that says it, and which counts of several.

    Features with many geometries have many values: the least distance, the greatest
    share. `of` is None for what the rule itself gives (its score). `unit` is one of QUDT;
    so many `digits` stand after the decimal point.
    """

    name: str
    local_name: str
    about: str
    best: Literal["min", "max"]
    of: Callable[[Shapes], Floats] | None = None
    unit: str = "UNITLESS"
    digits: int = 9
    datatype: str = XSD + "double"

    @property
    def iri(self) -> str:
        """IRI of the property."""
        return EGL + self.local_name


VALUES: tuple[Value, ...] = (
    Value("distance_m", "distanceInMetres", "Shortest distance of the two geometries", "min",
          lambda shapes: shapes.distance_m, "M", 6),
    Value("overlap_m2", "overlapInSquareMetres", "Area that the two geometries share", "max",
          lambda shapes: shapes.overlap.area_m2, "M2", 6),
    Value("share_left", "shareOfSubject", "Shared area by the area of the link's subject", "max",
          lambda shapes: shapes.overlap.share_left),
    Value("share_right", "shareOfObject", "Shared area by the area of the link's object", "max",
          lambda shapes: shapes.overlap.share_right),
    Value("iou", "intersectionOverUnion", "Shared area by the area of the two together", "max",
          lambda shapes: shapes.overlap.iou),
    Value("hausdorff_m", "hausdorffDistanceInMetres",
          "Farthest that a vertex of one geometry is from the other geometry", "min",
          lambda shapes: shapes.hausdorff_m, "M", 6),
    Value("score", "score", "Score of the link's rule, from 0 to 1", "max"),
)  # fmt: skip
VALUE_BY_NAME: dict[str, Value] = {value.name: value for value in VALUES}
