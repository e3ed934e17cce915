"""Two sets of places that are partly the same ones, as two registers would have them; labelled.

Names are of a kind (hotel, café …) and a proper name, with chains among them. The second
register writes them with slips of the pen, without accents, in another order of words
or shortened, and places them some tens of metres away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geosparql.vocabulary import GEO, GEO_WKT_LITERAL, RDFS_LABEL

EX = "http://example.org/"
_KINDS = ("Hotel", "Café", "Bäckerei", "Apotheke", "Schule", "Museum", "Bar", "Théâtre")
_NAMES = (
    "Adler", "Rössli", "Drei Könige", "Sternen", "Krone", "du Lac", "de la Gare", "Bellevue",
    "Post", "am Markt", "Sonnenhof", "Linde", "Saint-Étienne", "Altstadt", "Waldeck", "Seeblick",
    "Paradies", "Zum Löwen", "Bären", "Schlüssel", "Engel", "Rebstock", "Mühle", "Burgblick",
)  # fmt: skip
_CHAINS = ("Migros", "Coop", "Sunrise Coffee", "Apotheke Amavita")
_METRES_PER_DEGREE = 111_320.0
_AT = np.array([7.45, 46.95])


@dataclass(frozen=True)
class Places:
    """Names and positions of two registers, and the pairs (left, right) that are one place."""

    left: list[tuple[str, float, float]]
    right: list[tuple[str, float, float]]
    same: set[tuple[str, str]]


def places(count: int, seed: int) -> Places:
    """Make `count` places, three quarters of which the second register has too."""
    rng = np.random.default_rng(seed)
    towns = rng.uniform(-0.2, 0.2, (max(1, count // 50), 2))
    at = towns[rng.integers(0, len(towns), count)] + rng.normal(0, 0.004, (count, 2)) + _AT
    names = [_name(rng) for _ in range(count)]
    shared = rng.permutation(count)[: count * 3 // 4]
    moved = at[shared] + rng.normal(0, 25, (len(shared), 2)) / _METRES_PER_DEGREE
    right = [
        (_rewritten(rng, names[row]), *place) for row, place in zip(shared, moved, strict=True)
    ]
    # Others that only the second one has, some of them next door to a place of the first
    near = at[rng.integers(0, count, count // 4)] + rng.normal(0, 60, (count // 4, 2)) / (
        _METRES_PER_DEGREE
    )
    right += [(_name(rng), *place) for place in near]
    same = {(f"{EX}l{row}", f"{EX}r{number}") for number, row in enumerate(shared)}
    return Places([(name, *place) for name, place in zip(names, at, strict=True)], right, same)


def triples(rows: list[tuple[str, float, float]], prefix: str) -> str:
    """Write a register as N-Triples."""
    return "".join(
        f'<{EX}{prefix}{number}> <{RDFS_LABEL}> "{name}" .\n'
        f"<{EX}{prefix}{number}> <{GEO}hasGeometry> <{EX}{prefix}{number}/g> .\n"
        f'<{EX}{prefix}{number}/g> <{GEO}asWKT> "POINT({lon!r} {lat!r})"^^<{GEO_WKT_LITERAL}> .\n'
        for number, (name, lon, lat) in enumerate(_plain(rows))
    )


def _plain(rows: list[tuple[str, float, float]]) -> list[tuple[str, float, float]]:
    return [(name, float(lon), float(lat)) for name, lon, lat in rows]


def _name(rng: np.random.Generator) -> str:
    if rng.random() < 0.1:
        return str(rng.choice(_CHAINS))
    return f"{rng.choice(_KINDS)} {rng.choice(_NAMES)}"


def _rewritten(rng: np.random.Generator, name: str) -> str:
    """Write a name as another clerk would."""
    words = name.split()
    if len(words) > 1 and rng.random() < 0.25:
        name = " ".join(words[1:] + words[:1])
    if rng.random() < 0.2:
        name = name.translate(str.maketrans("äöüéâèÉ", "aoueaeE"))
    if rng.random() < 0.3:
        place = int(rng.integers(1, len(name) - 1))
        name = name[:place] + str(rng.choice(list("aeinrst"))) + name[place + 1 :]
    if rng.random() < 0.1:
        name = name.upper()
    if rng.random() < 0.1:
        name += f" {rng.choice(['Bern', 'AG', 'GmbH', '(Zentrum)'])}"
    return name
