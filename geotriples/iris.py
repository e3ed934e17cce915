"""Engine functions that make the text of IRIs, blank nodes and language tags safe (RML-Core)."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

from engine.protocol import EngineFunction
from geosparql.ntriples_writing import term_texts
from geotriples.mapping.rml_terms import LANGUAGE_TAG
from geotriples.sources.lexical import decimal_text, double_text

# iunreserved of RFC 3987, section 2.2, in the writing of RE2 and of Python
_UCS = (
    (0xA0, 0xD7FF), (0xF900, 0xFDCF), (0xFDF0, 0xFFEF),
    *((plane << 16, (plane << 16) + 0xFFFD) for plane in range(1, 0xE)),
)  # fmt: skip
_UNRESERVED = r"A-Za-z0-9._~\-"
NOT_UNRESERVED = f"[^{_UNRESERVED}]"
"""What neither kind of encoding leaves alone without a closer look."""
_UCS_RE2 = "".join(rf"\x{{{low:X}}}-\x{{{high:X}}}" for low, high in _UCS)
_UCS_PYTHON = "".join(f"{chr(low)}-{chr(high)}" for low, high in _UCS)
_NOT_IRI_SAFE = re.compile(f"[^{_UNRESERVED}{_UCS_PYTHON}]")
_NOT_URI_SAFE = re.compile(NOT_UNRESERVED)

ABSOLUTE_IRI = r"^[A-Za-z][A-Za-z0-9+.\-]*:"
ILLEGAL_IN_IRI = r"[\x00-\x20<>\"{}|^`\\]"
_LABEL_SAFE = r"^[A-Za-z0-9]+$"
_NOT_LABEL_SAFE = re.compile(r"[^A-Za-z0-9]")


def _changed_where(
    values: pa.Array, needs: pa.Array, change: Callable[[str], str | None]
) -> pa.Array:
    """Run a Python function over only those values that need it."""
    needs = pc.fill_null(needs, False)
    if not pc.any(needs).as_py():
        return values
    changed = pa.array([change(v) for v in pc.filter(values, needs).to_pylist()], pa.string())
    return pc.replace_with_mask(values, needs, changed)


def iri_encode(values: pa.Array) -> pa.Array:
    """Percent-encode every character that is not iunreserved (RFC 3987); null stays null."""
    needs = pc.match_substring_regex(values, f"[^{_UNRESERVED}{_UCS_RE2}]")
    return _changed_where(
        values, needs, lambda text: _NOT_IRI_SAFE.sub(lambda found: quote(found[0], safe=""), text)
    )


def uri_encode(values: pa.Array) -> pa.Array:
    """Percent-encode every character that is not unreserved (RFC 3986); null stays null."""
    needs = pc.match_substring_regex(values, NOT_UNRESERVED)
    return _changed_where(
        values, needs, lambda text: _NOT_URI_SAFE.sub(lambda found: quote(found[0], safe=""), text)
    )


def iri_resolve(values: pa.Array, bases: pa.Array) -> pa.Array:
    """Put the base IRI before what is not an absolute IRI; null where the result is no IRI."""
    absolute = pc.match_substring_regex(values, ABSOLUTE_IRI)
    resolved = pc.if_else(absolute, values, pc.binary_join_element_wise(bases, values, ""))
    whole = pc.match_substring_regex(resolved, ABSOLUTE_IRI)
    legal = pc.and_(whole, pc.invert(pc.match_substring_regex(resolved, ILLEGAL_IN_IRI)))
    return pc.if_else(legal, resolved, pa.scalar(None, pa.string()))


def blank_label(values: pa.Array) -> pa.Array:
    """Turn any text into a blank node label of its own; letters and digits stay as they are."""
    needs = pc.invert(pc.match_substring_regex(values, _LABEL_SAFE))
    return _changed_where(
        values, needs,
        lambda text: "x_" + _NOT_LABEL_SAFE.sub(lambda found: f"_{ord(found[0]):x}_", text),
    )  # fmt: skip


def language_tag(values: pa.Array) -> pa.Array:
    """Give a well-formed language tag back, null for any other text (BCP 47)."""
    return pa.array(
        [v if v is not None and LANGUAGE_TAG.fullmatch(v) else None for v in values.to_pylist()],
        pa.string(),
    )


def triple_term_text(*terms: pa.Array) -> pa.Array:
    """Write triples as the triple terms of N-Triples 1.2; null where a term is missing."""
    return term_texts(*terms, opening="<<( ", closing=" )>>")


def quoted_triple_text(*terms: pa.Array) -> pa.Array:
    """Write triples as the quoted triples of N-Triples-star; null where a term is missing."""
    return term_texts(*terms, opening="<< ", closing=" >>")


TEXT = pa.string()

ENGINE_FUNCTIONS: tuple[EngineFunction, ...] = (
    EngineFunction("rml_iri_encode", iri_encode, (TEXT,), TEXT),
    EngineFunction("rml_uri_encode", uri_encode, (TEXT,), TEXT),
    EngineFunction("rml_iri_resolve", iri_resolve, (TEXT, TEXT), TEXT),
    EngineFunction("rml_blank_label", blank_label, (TEXT,), TEXT),
    EngineFunction("rml_language_tag", language_tag, (TEXT,), TEXT),
    EngineFunction("rml_triple_term", triple_term_text, (TEXT,) * 5, TEXT),
    EngineFunction("rml_quoted_triple", quoted_triple_text, (TEXT,) * 5, TEXT),
    EngineFunction("rml_double_text", double_text, (pa.float64(),), TEXT),
    EngineFunction("rml_decimal_text", decimal_text, (TEXT,), TEXT),
)
"""What compiled mappings call besides the functions of `engine.functions`."""
