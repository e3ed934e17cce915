"""The 24 topological relations of GeoSPARQL 1.1 (OGC 22-047r1, clauses 7 and 10) as one table.

A relation is defined by DE-9IM patterns, some of them only for certain pairs of
dimensions (P point, L line, A area; a collection has its largest). An empty
geometry relates to nothing but by `sf_disjoint` and `eh_disjoint`.

The standard's own tables are at odds with themselves in four places. A
`Reading` chooses; nothing is global:

====================  ==========================  ==================  ================
where                 TOPOLOGICAL (the default)   STRICT              JTS
====================  ==========================  ==================  ================
equality is           two equal points, or two    TFFFTFFFT: they     as the default
TFFFTFFFT             closed lines, are equal:    are not equal
                      T*F**FFF*
sfCrosses             holds only P/L, P/A, L/A    as the default;     also L/P, A/P,
                      and L/L, as both tables     L/L 0*T***T**       A/L: symmetric,
                      say; L/L 0********          (clause 10.4)       as in GEOS
rcc8 patterns fail    patterns of the equivalent  the letter          as the default
on holes and parts    Egenhofer relation (table   (TTTTTTTTT …)
                      "equivalent relations")
sfIntersects has the  II, IB, BI or BB is not     as the default      as the default
patterns of sfTouches empty (clause 7.2)
in clause 10.4
====================  ==========================  ==================  ================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

from geosparql.errors import FunctionError
from geosparql.vocabulary import GEO, GEOF

BoolArray = npt.NDArray[np.bool_]


class Reading(Enum):
    """Which reading of the standard's inconsistent tables holds; see the head of this module."""

    TOPOLOGICAL = "topological"
    STRICT = "strict"
    JTS = "jts"


@dataclass(frozen=True, slots=True)
class Rule:
    """Any of `patterns` makes the relation true, for the pairs of dimensions in `types`."""

    patterns: tuple[str, ...]
    types: frozenset[tuple[int, int]] | None = None
    """(dimension of a, dimension of b); None: whatever they are."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """How GEOS helps to find the pairs of a relation.

    Every pair of the relation satisfies the shapely predicate called
    `predicate`; `exact` says that no other pair does.
    """

    predicate: str
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Relation:
    """One topological relation between two geometries."""

    name: str
    local_name: str
    family: str
    rules: tuple[Rule, ...]
    inverse: str | None
    """The relation that holds of (b, a) where this one holds of (a, b)."""
    candidate: Candidate | None = None
    """None: the pairs of this relation are those that do not intersect."""
    readings: Mapping[Reading, tuple[Rule, ...]] = field(default_factory=dict)
    """Rules of the readings that differ from `rules`."""

    @property
    def iri(self) -> str:
        """IRI of the property (geo:)."""
        return GEO + self.local_name

    @property
    def function_iri(self) -> str:
        """IRI of the function (geof:)."""
        return GEOF + self.local_name

    @property
    def symmetric(self) -> bool:
        """Tell whether the relation holds of (b, a) whenever it holds of (a, b)."""
        return self.inverse == self.name

    def rules_of(self, reading: Reading) -> tuple[Rule, ...]:
        """Give the rules of one reading."""
        return self.readings.get(reading, self.rules)


def _types(text: str) -> frozenset[tuple[int, int]]:
    """Read pairs of dimensions: ``P/L P/A``."""
    return frozenset(("PLA".index(pair[0]), "PLA".index(pair[2])) for pair in text.split())


_NOT_POINTS = _types("P/L P/A L/P L/L L/A A/P A/L A/A")
_AREAS = _types("A/A")
_TOUCH = ("FT*******", "F**T*****", "F***T****")
_INTERSECT = ("T********", "*T*******", "***T*****", "****T****")
_MATRIX_EQUALITY = {Reading.STRICT: (Rule(("TFFFTFFFT",)),)}
_UPWARD = "P/L P/A L/A"
_SF, _EH, _RCC8 = "Simple Features", "Egenhofer", "RCC8"


def _equality(name: str, local_name: str, family: str) -> Relation:
    return Relation(
        name, local_name, family, (Rule(("T*F**FFF*",)),), name,
        Candidate("contains"), _MATRIX_EQUALITY,
    )  # fmt: skip


def _crosses() -> Relation:
    lines = _types("L/L")
    upward = Rule(("T*T***T**",), _types(_UPWARD))
    either_way = (
        Rule(("T*T******",), _types(_UPWARD)),
        Rule(("T*****T**",), _types("L/P A/P A/L")),
        Rule(("0********",), lines),
    )
    return Relation(
        "sf_crosses", "sfCrosses", _SF, (upward, Rule(("0********",), lines)), None,
        Candidate("crosses"),
        {Reading.STRICT: (upward, Rule(("0*T***T**",), lines)), Reading.JTS: either_way},
    )  # fmt: skip


def _rcc8(
    name: str, patterns: tuple[str, ...], strict: str, *, inverse: str, near: str
) -> Relation:
    """Give an RCC8 relation: between areas, after the Egenhofer relation it is equivalent to."""
    return Relation(
        name, name.replace("_", ""), _RCC8, (Rule(patterns, _AREAS),), inverse,
        Candidate(near) if near else None, {Reading.STRICT: (Rule((strict,), _AREAS),)},
    )  # fmt: skip


RELATIONS: tuple[Relation, ...] = (
    _equality("sf_equals", "sfEquals", _SF),
    Relation("sf_disjoint", "sfDisjoint", _SF, (Rule(("FF*FF****",)),), "sf_disjoint"),
    Relation("sf_intersects", "sfIntersects", _SF, (Rule(_INTERSECT),), "sf_intersects",
             Candidate("intersects", exact=True)),
    Relation("sf_touches", "sfTouches", _SF, (Rule(_TOUCH, _NOT_POINTS),), "sf_touches",
             Candidate("touches", exact=True)),
    _crosses(),
    Relation("sf_within", "sfWithin", _SF, (Rule(("T*F**F***",)),), "sf_contains",
             Candidate("within", exact=True)),
    Relation("sf_contains", "sfContains", _SF, (Rule(("T*****FF*",)),), "sf_within",
             Candidate("contains", exact=True)),
    Relation("sf_overlaps", "sfOverlaps", _SF,
             (Rule(("T*T***T**",), _types("A/A P/P")), Rule(("1*T***T**",), _types("L/L"))),
             "sf_overlaps", Candidate("overlaps", exact=True)),
    _equality("eh_equals", "ehEquals", _EH),
    Relation("eh_disjoint", "ehDisjoint", _EH, (Rule(("FF*FF****",)),), "eh_disjoint"),
    Relation("eh_meet", "ehMeet", _EH, (Rule(_TOUCH, _NOT_POINTS),), "eh_meet",
             Candidate("touches", exact=True)),
    Relation("eh_overlap", "ehOverlap", _EH, (Rule(("T*T***T**",)),), "eh_overlap",
             Candidate("intersects")),
    Relation("eh_covers", "ehCovers", _EH, (Rule(("T*TFT*FF*",), _types("A/A A/L L/L")),),
             "eh_covered_by", Candidate("contains")),
    Relation("eh_covered_by", "ehCoveredBy", _EH, (Rule(("TFF*TFT**",), _types("A/A L/A L/L")),),
             "eh_covers", Candidate("within")),
    Relation("eh_inside", "ehInside", _EH, (Rule(("TFF*FFT**",)),), "eh_contains",
             Candidate("within")),
    Relation("eh_contains", "ehContains", _EH, (Rule(("T*TFF*FF*",)),), "eh_inside",
             Candidate("contains_properly")),
    _rcc8("rcc8_eq", ("T*F**FFF*",), "TFFFTFFFT", inverse="rcc8_eq", near="contains"),
    _rcc8("rcc8_dc", ("FFTFF*T**",), "FFTFFTTTT", inverse="rcc8_dc", near=""),
    _rcc8("rcc8_ec", _TOUCH, "FFTFTTTTT", inverse="rcc8_ec", near="touches"),
    _rcc8("rcc8_po", ("T*T***T**",), "TTTTTTTTT", inverse="rcc8_po", near="overlaps"),
    _rcc8("rcc8_tppi", ("T*TFT*FF*",), "TTTFTTFFT", inverse="rcc8_tpp", near="contains"),
    _rcc8("rcc8_tpp", ("TFF*TFT**",), "TFFTTFTTT", inverse="rcc8_tppi", near="within"),
    _rcc8("rcc8_ntpp", ("TFF*FFT**",), "TFFTFFTTT", inverse="rcc8_ntppi", near="within"),
    _rcc8("rcc8_ntppi", ("T*TFF*FF*",), "TTTFFTFFT", inverse="rcc8_ntpp",
          near="contains_properly"),
)  # fmt: skip
"""Every relation, in the order of the standard."""

RELATION_BY_NAME = {relation.name: relation for relation in RELATIONS}
RELATION_BY_IRI = {relation.iri: relation for relation in RELATIONS}


def relation_of(name: str) -> Relation:
    """Give a relation by name (``sf_intersects``).

    Raises
    ------
    FunctionError
        There is no such relation.
    """
    if name not in RELATION_BY_NAME:
        raise FunctionError(
            "unknown relation", value=name, hint=f"Known: {', '.join(RELATION_BY_NAME)}"
        )
    return RELATION_BY_NAME[name]


def candidate_predicate(name: str, reading: Reading = Reading.TOPOLOGICAL) -> Candidate | None:
    """Give the shapely predicate that finds, or at least encloses, the pairs of a relation.

    Returns
    -------
    Candidate or None
        `predicate` is a name that `shapely.STRtree.query` takes; where it is not
        `exact`, the pairs found still have to pass `holds`. None: the relation holds
        only between geometries that do not intersect.
    """
    relation = relation_of(name)
    if relation.name == "sf_crosses" and reading is Reading.JTS:
        return Candidate("crosses", exact=True)
    return relation.candidate


def holds(
    matrices: Any, dim_a: Any, dim_b: Any, name: str, reading: Reading = Reading.TOPOLOGICAL
) -> BoolArray:
    """Tell for which DE-9IM matrices a relation holds.

    Parameters
    ----------
    matrices
        (n,) nine-letter strings as `shapely.relate` gives them; None is false.
    dim_a, dim_b
        (n,) or scalar topological dimensions (of what is not empty in a collection:
        `geosparql.functions.edges.full_dimensions`).
    name
        Name of the relation.
    reading
        Reading of the standard's inconsistent definitions.

    Returns
    -------
    ndarray of bool
        (n,).

    Raises
    ------
    FunctionError
        There is no such relation.
    """
    codes = _codes(matrices)
    dim_a, dim_b = np.asarray(dim_a), np.asarray(dim_b)
    result = np.zeros(len(codes), dtype=bool)
    for rule in relation_of(name).rules_of(reading):
        matched = np.zeros(len(codes), dtype=bool)
        for pattern in rule.patterns:
            matched |= _matches(codes, pattern)
        if rule.types is not None:
            fitting = np.zeros(len(codes), dtype=bool)
            for of_a, of_b in rule.types:
                fitting |= (dim_a == of_a) & (dim_b == of_b)
            matched &= fitting
        result |= matched
    return result


def matches(matrices: Any, pattern: str) -> BoolArray:
    """Tell which of (n,) DE-9IM matrices match a pattern of ``T F * 0 1 2``; None is false."""
    return _matches(_codes(matrices), pattern)


def is_pattern(text: str) -> bool:
    """Tell whether a text is a DE-9IM pattern: nine letters of ``T F * 0 1 2``."""
    return len(text) == 9 and set(text) <= set("TF*012")


def transposed(pattern: str) -> str:
    """Give the pattern, or matrix, of (b, a) from that of (a, b)."""
    return "".join(pattern[index] for index in (0, 3, 6, 1, 4, 7, 2, 5, 8))


def _codes(matrices: Any) -> npt.NDArray[np.uint8]:
    """Give matrices as (n, 9) letters; rows of zeros where there is none."""
    texts = np.asarray(matrices)
    if texts.dtype == object:
        texts = np.array([text or "" for text in texts.tolist()], dtype="S9")
    letters: npt.NDArray[np.uint8] = texts.astype("S9").view(np.uint8).reshape(-1, 9)
    return letters


def _matches(codes: npt.NDArray[np.uint8], pattern: str) -> BoolArray:
    matched: BoolArray = codes[:, 0] != 0
    for column, letter in zip(codes.T, pattern, strict=True):
        if letter == "T":
            matched &= column != ord("F")
        elif letter != "*":
            matched &= column == ord(letter)
    return matched
