"""What a conversion can be told, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

OnError = Literal["stop", "skip", "collect"]


@dataclass(frozen=True, slots=True)
class ConvertOptions:
    """What a conversion can be told.

    Parameters
    ----------
    base_iri
        Base of relative IRIs in triples maps without `rml:baseIRI`.
    on_error
        At a row that makes an illegal IRI or language tag: stop with an error, or
        skip the term and count it; ``collect`` also writes it to the reject file.
    rejects
        The reject file, ``.csv`` or JSON lines; by default ``NAME.rejects.jsonl`` beside
        the output. It also tells of what is only counted, such as missing geometries.
    distinct
        Whether each triple is written once. Otherwise rows that say the same give
        the same line again, which means the same in RDF.
    star
        Write quoted triples as RDF-star does, ``<< s p o >>`` in subjects and objects
        of N-Triples and N-Quads. Otherwise they are those of RDF 1.2: triple terms as
        objects, and as subjects reifiers, which `rdf:reifies` them.
    provenance
        Describe the run in ``NAME.prov.ttl`` beside the output: PROV-O and VoID. All
        input files and the output are read again for their checksums.
    """

    base_iri: str | None = None
    on_error: OnError = "stop"
    rejects: Path | None = None
    distinct: bool = False
    star: bool = False
    provenance: bool = False


DEFAULTS = ConvertOptions()
