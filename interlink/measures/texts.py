"""Similarity of texts, from 0 (nothing in common) to 1 (equal), by rapidfuzz."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from geosparql.extras import module_of_extra

Texts = Sequence[str]
Floats = npt.NDArray[np.float64]
Step = Literal["case", "accents", "punctuation", "spacing"]

STEPS: tuple[Step, ...] = ("case", "accents", "punctuation", "spacing")
"""What `normalized` may do; measures do all of it unless told otherwise."""

_SPACE = re.compile(r"\s+")
_PUNCTUATION = re.compile(r"[^\w\s]|_")


def normalized(text: str, steps: Sequence[Step] = STEPS) -> str:
    """Give a text without the differences that say nothing.

    Parameters
    ----------
    text
        Any text.
    steps
        ``case``: as if in lower case (``ß`` is ``ss``); ``accents``: letters without their
        marks; ``punctuation``: spaces in its place; ``spacing``: one space between
        words, none around. Compatible letters (``ﬁ``, full width) are made plain by
        ``accents``.
    """
    if "case" in steps:
        text = text.casefold()
    if "accents" in steps:
        apart = unicodedata.normalize("NFKD", text)
        text = "".join(letter for letter in apart if not unicodedata.combining(letter))
    if "punctuation" in steps:
        text = _PUNCTUATION.sub(" ", text)
    if "spacing" in steps:
        text = _SPACE.sub(" ", text).strip()
    return unicodedata.normalize("NFC", text)


def exact(a: Texts, b: Texts, *, normalize: Sequence[Step] = STEPS) -> Floats:
    """Give 1 where the texts are equal after `normalized`, else 0."""
    a, b = _normalized(a, normalize), _normalized(b, normalize)
    return np.array([left == right for left, right in zip(a, b, strict=True)], dtype=np.float64)


def jaro_winkler(
    a: Texts, b: Texts, *, normalize: Sequence[Step] = STEPS, prefix_weight: float = 0.1
) -> Floats:
    """Give the Jaro-Winkler similarity: made for names, an equal beginning counts more."""
    scorer = _rapidfuzz("distance").JaroWinkler.normalized_similarity
    return _scored(a, b, scorer, normalize, scorer_kwargs={"prefix_weight": prefix_weight})


def levenshtein(a: Texts, b: Texts, *, normalize: Sequence[Step] = STEPS) -> Floats:
    """Give 1 less the edits (insert, delete, replace a letter) per letter of the longer text."""
    return _scored(a, b, _rapidfuzz("distance").Levenshtein.normalized_similarity, normalize)


def token_sort(a: Texts, b: Texts, *, normalize: Sequence[Step] = STEPS) -> Floats:
    """Compare letter by letter, whatever the order of the words."""
    return _scored(a, b, _rapidfuzz("fuzz").token_sort_ratio, normalize) / 100.0


def token_set(a: Texts, b: Texts, *, normalize: Sequence[Step] = STEPS) -> Floats:
    """As `token_sort`, and words that only one text has hardly count.

    Texts without a word are alike if both are.
    """
    left, right = _normalized(a, normalize), _normalized(b, normalize)
    scores = _scored(left, right, _rapidfuzz("fuzz").token_set_ratio, ()) / 100.0
    bare = [not (one.split() or other.split()) for one, other in zip(left, right, strict=True)]
    return np.where(bare, 1.0, scores)


def token_jaccard(a: Texts, b: Texts, *, normalize: Sequence[Step] = STEPS) -> Floats:
    """Give how many of all words both texts have; 1 where neither has one."""
    sets_a = [set(text.split()) for text in _normalized(a, normalize)]
    sets_b = [set(text.split()) for text in _normalized(b, normalize)]
    shared = [len(left & right) for left, right in zip(sets_a, sets_b, strict=True)]
    every = [len(left | right) for left, right in zip(sets_a, sets_b, strict=True)]
    return np.divide(shared, every, out=np.ones(len(every)), where=np.array(every) > 0)


def _scored(
    a: Texts,
    b: Texts,
    scorer: Callable[..., float],
    normalize: Sequence[Step],
    **options: Any,
) -> Floats:
    if not len(a):
        return np.empty(0)
    left, right = _normalized(a, normalize), _normalized(b, normalize)
    scores: Floats = _rapidfuzz("process").cpdist(
        left, right, scorer=scorer, dtype=np.float64, **options
    )
    return scores


def _normalized(texts: Texts, steps: Sequence[Step]) -> list[str]:
    """Normalize each distinct text once: in pairs a text stands as often as it has candidates."""
    known = {text: normalized(text, steps) for text in set(texts)}
    return [known[text] for text in texts]


def _rapidfuzz(module: str) -> Any:
    return module_of_extra(f"rapidfuzz.{module}", "interlink", "Comparisons of texts")
