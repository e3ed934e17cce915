"""The 24 relations as the standard's tables define them, with the readings they allow.

Rules are the DE-9IM patterns of clause 10 and the pairs of dimensions of clause 7
(P point, L line, A area). Matrices come from GEOS.
"""

from __future__ import annotations

from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True, slots=True)
class Rule:
    """Any of the patterns, for the pairs of dimensions in `types`, or for all."""

    patterns: str
    types: str | None = None

    def holds(self, a: BaseGeometry, b: BaseGeometry) -> bool:
        """Tell whether the relation holds of two geometries."""
        if self.types is not None and _types(a, b) not in self.types.split():
            return False
        matrix = shapely.relate(a, b)
        return any(_matches(matrix, pattern) for pattern in self.patterns.split())


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation, and its rules under each reading of the standard; the first is the usual one."""

    name: str
    family: str
    readings: dict[str, tuple[Rule, ...]]
    question: str = ""

    def values(self, a: BaseGeometry, b: BaseGeometry) -> dict[str, bool]:
        """Give the truth value under each reading."""
        return {
            answer: any(rule.holds(a, b) for rule in rules)
            for answer, rules in self.readings.items()
        }


def _matches(matrix: str, pattern: str) -> bool:
    def fits(found: str, wanted: str) -> bool:
        return wanted in ("*", found) or (wanted == "T" and found != "F")

    return all(map(fits, matrix, pattern))


def _types(a: BaseGeometry, b: BaseGeometry) -> str:
    return "/".join("PLA"[_dimension(shape)] for shape in (a, b))


def _dimension(shape: BaseGeometry) -> int:
    parts = getattr(shape, "geoms", None)
    if parts is None or shape.is_empty:
        return int(shapely.get_dimensions(shape))
    return max(_dimension(part) for part in parts)


SF, EH, RCC8 = "sf", "eh", "rcc8"
_TOUCH = "FT******* F**T***** F***T****"
_NOT_POINTS = "P/L P/A L/P L/L L/A A/P A/L A/A"
_EQUAL = "T*F**FFF*"
_LETTER_EQUAL = "TFFFTFFFT"
_CROSS_LINES = Rule("0********", "L/L")


def _plain(name: str, family: str, *rules: Rule) -> Relation:
    return Relation(name, family, {"": rules})


def _equality(name: str, family: str) -> Relation:
    return Relation(
        name, family,
        {"the same points, T*F**FFF*": (Rule(_EQUAL),),
         "the matrix TFFFTFFFT as printed": (Rule(_LETTER_EQUAL),)},
        f"{name} of geometries without a boundary",
    )  # fmt: skip


def _rcc8(name: str, pattern: str, letter: str) -> Relation:
    return Relation(
        name, RCC8,
        {"areas only, as the equivalent Egenhofer relation": (Rule(pattern, "A/A"),),
         "areas only, the pattern as printed": (Rule(letter, "A/A"),),
         "all geometries, as the equivalent Egenhofer relation": (Rule(pattern),),
         "all geometries, the pattern as printed": (Rule(letter),)},
        f"{name} beyond areas without holes and parts",
    )  # fmt: skip


_CROSSES = Relation(
    "sfCrosses", SF,
    {"only P/L, P/A, L/A and L/L, as both tables say":
         (Rule("T*T***T**", "P/L P/A L/A"), _CROSS_LINES),
     "in both directions, as in GEOS and JTS":
         (Rule("T*T******", "P/L P/A L/A"), Rule("T*****T**", "L/P A/P A/L"), _CROSS_LINES)},
    "sfCrosses against the order of dimensions",
)  # fmt: skip

RELATIONS: tuple[Relation, ...] = (
    _equality("sfEquals", SF),
    _plain("sfDisjoint", SF, Rule("FF*FF****")),
    _plain("sfIntersects", SF, Rule("T******** *T******* ***T***** ****T****")),
    _plain("sfTouches", SF, Rule(_TOUCH, _NOT_POINTS)),
    _CROSSES,
    _plain("sfWithin", SF, Rule("T*F**F***")),
    _plain("sfContains", SF, Rule("T*****FF*")),
    _plain("sfOverlaps", SF, Rule("T*T***T**", "A/A P/P"), Rule("1*T***T**", "L/L")),
    _equality("ehEquals", EH),
    _plain("ehDisjoint", EH, Rule("FF*FF****")),
    _plain("ehMeet", EH, Rule(_TOUCH, _NOT_POINTS)),
    _plain("ehOverlap", EH, Rule("T*T***T**")),
    _plain("ehCovers", EH, Rule("T*TFT*FF*", "A/A A/L L/L")),
    _plain("ehCoveredBy", EH, Rule("TFF*TFT**", "A/A L/A L/L")),
    _plain("ehInside", EH, Rule("TFF*FFT**")),
    _plain("ehContains", EH, Rule("T*TFF*FF*")),
    _rcc8("rcc8eq", _EQUAL, _LETTER_EQUAL),
    _rcc8("rcc8dc", "FFTFF*T**", "FFTFFTTTT"),
    _rcc8("rcc8ec", _TOUCH, "FFTFTTTTT"),
    _rcc8("rcc8po", "T*T***T**", "TTTTTTTTT"),
    _rcc8("rcc8tppi", "T*TFT*FF*", "TTTFTTFFT"),
    _rcc8("rcc8tpp", "TFF*TFT**", "TFFTTFTTT"),
    _rcc8("rcc8ntpp", "TFF*FFT**", "TFFTFFTTT"),
    _rcc8("rcc8ntppi", "T*TFF*FF*", "TTTFFTFFT"),
)  # fmt: skip
"""Every relation, in the order of the standard."""
