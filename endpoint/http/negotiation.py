"""Content negotiation: which of the formats on offer a request's Accept header asks for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One element of an Accept header: ``type/subtype`` (either may be ``*``) and its weight."""

    type: str
    subtype: str
    quality: float

    def matches(self, media_type: str) -> int | None:
        """Give how narrowly the range holds `media_type` (2 exact, 1 type/*, 0 */*), else None."""
        kind, _, name = media_type.partition("/")
        if (self.type, self.subtype) == (kind, name):
            return 2
        if self.type == kind and self.subtype == "*":
            return 1
        return 0 if self.type == self.subtype == "*" else None


def parse_accept(header: str) -> tuple[MediaRange, ...]:
    """Read an Accept header (RFC 9110, section 12.5.1).

    Elements that are not ``type/subtype`` are passed over, as is a weight that
    is no number; parameters other than ``q`` are not compared.
    """
    ranges = []
    for element in header.split(","):
        media, *parameters = (part.strip().lower() for part in element.split(";"))
        kind, slash, name = media.partition("/")
        if slash and kind and name:
            ranges.append(MediaRange(kind, name, _quality(parameters)))
    return tuple(ranges)


def _quality(parameters: Iterable[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 1.0
    return 1.0


def choose(accept: str | None, offered: Sequence[str]) -> str | None:
    """Choose the media type to answer with.

    Parameters
    ----------
    accept
        The Accept header; None or empty means anything will do.
    offered
        Media types on offer, the preferred one first; it settles equal weights.

    Returns
    -------
    str or None
        One of `offered`, or None where none is acceptable (HTTP 406).
    """
    ranges = parse_accept(accept) if accept else ()
    if not ranges:
        return offered[0] if offered else None
    weighed = [(_weight(ranges, media), media) for media in offered]
    best = max(weighed, key=lambda pair: pair[0], default=(0.0, ""))
    return best[1] if best[0] > 0 else None


def _weight(ranges: Iterable[MediaRange], media_type: str) -> float:
    """Take the weight of the narrowest range that holds the media type."""
    found = [
        (narrowness, media_range.quality)
        for media_range in ranges
        if (narrowness := media_range.matches(media_type)) is not None
    ]
    return max(found)[1] if found else 0.0


def choose_coding(accept_encoding: str | None, offered: Sequence[str]) -> str | None:
    """Choose a content coding by an Accept-Encoding header (RFC 9110, section 12.5.3).

    None is "as it is": where nothing is asked for, and where that weighs the most.
    """
    weights: dict[str, float] = {}
    for element in (accept_encoding or "").split(","):
        name, *parameters = (part.strip().lower() for part in element.split(";"))
        if name:
            weights[name] = _quality(parameters)
    every = weights.get("*", 0.0)
    weighed = [(weights.get(name, every), name) for name in offered]
    best, name = max(weighed, key=lambda pair: pair[0], default=(0.0, ""))
    return name if best > 0 and best >= weights.get("identity", 0.0) else None
