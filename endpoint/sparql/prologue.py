"""Names in a query text: BASE, PREFIX, relative IRIs, escapes (SPARQL 1.1, 4.1 and 19)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urljoin

from geosparql.errors import QueryError

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_LOCAL_ESCAPE = re.compile(r"\\([_~.\-!$&'()*+,;=/?#@%])")
_STRING_ESCAPE = re.compile(r"\\([tbnrf\\\"'])")
_STRING_ESCAPES = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


@dataclass(slots=True)
class Prologue:
    """The base IRI and the prefixes that hold at a point of the text."""

    base: str | None = None
    prefixes: dict[str, str] = field(default_factory=dict)

    def resolve(self, reference: str) -> str:
        """Resolve an IRI reference against the base (RFC 3986, section 5.2)."""
        return resolve_iri(self.base, reference)

    def expand(self, name: str, where: str) -> str:
        """Give the IRI of a prefixed name."""
        prefix, local = name.split(":", 1)
        namespace = self.prefixes.get(prefix)
        if namespace is None:
            raise QueryError(
                "The prefix is not declared",
                where=where,
                value=f"{prefix}:",
                hint=f"Add PREFIX {prefix}: <…> before the query",
            )
        return namespace + _LOCAL_ESCAPE.sub(r"\1", local)


def has_scheme(reference: str) -> bool:
    """Tell whether an IRI reference is an IRI by itself."""
    return _SCHEME.match(reference) is not None


def resolve_iri(base: str | None, reference: str) -> str:
    """Resolve an IRI reference; without a base it stays as it is."""
    if base is None or has_scheme(reference):
        return reference
    scheme, rest = base.split(":", 1)
    # urljoin knows relative references for its own schemes only, so it is shown http.
    resolved = urljoin(f"http:{rest}", reference)
    return f"{scheme}:{resolved.split(':', 1)[1]}"


def unescape(text: str) -> str:
    """Undo the character escapes of a string literal (section 19.7)."""
    if "\\" not in text:
        return text
    return _STRING_ESCAPE.sub(lambda m: _STRING_ESCAPES.get(m[1], m[1]), text)
