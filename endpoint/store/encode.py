"""Columns of terms as numbers: every different term once, and for each row the place of its term.

This is the step that loads, the terms of a single query and data sets in memory
share.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from endpoint.store.ids import DEFAULT_GRAPH
from endpoint.store.lexical_columns import Integers, numpy_of
from endpoint.store.schema import QUADS_SPO
from geosparql.term_columns import term_columns
from geosparql.terms import RDF_DIR_LANG_STRING, RDF_LANG_STRING, Term

ABSENT = -1
"""The code of a row without a term."""
ENCODED = pa.dictionary(pa.int32(), pa.string())
"""The Arrow type of a column that holds each different text once."""


@dataclass(frozen=True, slots=True)
class TermColumns:
    """n terms in the form of a triple batch's object; `lexical` is null where there is no term.

    IRIs and blank nodes (as ``_:label``) have neither datatype nor language.
    """

    lexical: pa.StringArray
    datatype: pa.StringArray
    language: pa.StringArray

    def __len__(self) -> int:
        """Give the number of rows."""
        return len(self.lexical)

    def rows(self) -> Iterator[tuple[str, str | None, str | None]]:
        """Give the terms one by one."""
        columns = (self.lexical, self.datatype, self.language)
        return zip(*(values.to_pylist() for values in columns), strict=True)

    def slice(self, start: int, length: int) -> TermColumns:
        """Give `length` terms from `start` on."""
        return TermColumns(
            self.lexical.slice(start, length),
            self.datatype.slice(start, length),
            self.language.slice(start, length),
        )

    def take(self, rows: Integers) -> TermColumns:
        """Give the terms of some rows."""
        chosen = pa.array(rows)
        return TermColumns(
            self.lexical.take(chosen), self.datatype.take(chosen), self.language.take(chosen)
        )


def resources(lexical: pa.Array | pa.ChunkedArray) -> TermColumns:
    """Give a column of IRIs and blank nodes as terms."""
    nothing = pa.nulls(len(lexical), pa.string())
    return TermColumns(_one_array(lexical), nothing, nothing)


def term_table(
    lexical: pa.Array | pa.ChunkedArray,
    datatype: pa.Array | pa.ChunkedArray,
    language: pa.Array | pa.ChunkedArray,
) -> TermColumns:
    """Give three columns of a batch as terms; a language tag alone says which datatype it is."""
    untyped = pc.and_(pc.is_valid(language), pc.is_null(datatype))
    if pc.any(untyped).as_py():
        directed = pc.match_substring(language, "--")
        tagged = pc.if_else(directed, RDF_DIR_LANG_STRING, RDF_LANG_STRING)
        datatype = pc.if_else(untyped, tagged, datatype)
    return TermColumns(_one_array(lexical), _one_array(datatype), _one_array(language))


def terms_of_values(terms: Sequence[Term]) -> TermColumns:
    """Give term values as columns."""
    columns = zip(*map(term_columns, terms), strict=True) if terms else ((), (), ())
    return TermColumns(*(pa.array(values, pa.string()) for values in columns))


def joined_terms(columns: Sequence[TermColumns]) -> TermColumns:
    """Put columns one after the other."""
    parts = [(terms.lexical, terms.datatype, terms.language) for terms in columns]
    return TermColumns(*(pa.concat_arrays(arrays) for arrays in zip(*parts, strict=True)))


def distinct_terms(columns: Sequence[TermColumns]) -> tuple[TermColumns, list[Integers]]:
    """Give the different terms of some columns, and the columns as codes.

    Parameters
    ----------
    columns
        Term columns, of any lengths.

    Returns
    -------
    TermColumns
        The terms in order of first appearance, column after column.
    list
        For each column the position of each row's term; `ABSENT` where there is none.
    """
    texts = pa.concat_arrays([terms.lexical for terms in columns]).dictionary_encode()
    tags, tag_codes = _tags(columns)
    text_codes = numpy_of(texts.indices.fill_null(ABSENT)).astype(np.int64)
    keys = pa.array(
        text_codes * len(tags) + tag_codes, pa.int64(), mask=text_codes == ABSENT
    ).dictionary_encode()
    codes = numpy_of(keys.indices.fill_null(ABSENT)).astype(np.int64)
    text_of, tag_of = np.divmod(numpy_of(keys.dictionary), len(tags))
    chosen = tags.take(pa.array(tag_of))
    terms = TermColumns(
        texts.dictionary.take(pa.array(text_of)),
        pc.struct_field(chosen, "datatype"),
        pc.struct_field(chosen, "language"),
    )
    ends = np.cumsum([len(terms) for terms in columns])
    return terms, np.split(codes, ends[:-1])


def distinct_triples(triples: pa.Table) -> tuple[TermColumns, list[Integers]]:
    """Give `distinct_terms` of the subjects, predicates, objects and graphs of triples.

    All columns of text but the objects are `ENCODED`. Resources come before literals;
    as none is the other, each sort is made different by itself, and each column of
    resources before all of them.
    """
    datatype, language = _tags_of(triples)
    literal = pc.or_(datatype.is_valid(), language.is_valid())
    texts = triples["object"].combine_chunks()
    others = texts.filter(pc.invert(literal)).dictionary_encode()
    columns = [_one_encoded(triples[name]) for name in ("subject", "predicate", "graph")]
    named, (subject, predicate, graph, resource) = _distinct_texts([*columns, others])
    tags = [tag.filter(literal) for tag in (datatype, language)]
    literals, codes = _distinct_literals(texts.filter(literal).dictionary_encode(), tags)
    item = np.empty(len(triples), dtype=np.int64)
    is_literal = numpy_of(literal)
    item[is_literal], item[~is_literal] = codes + len(named), resource
    nothing = pa.nulls(len(named), pa.string())
    terms = TermColumns(
        pa.concat_arrays([named, literals.lexical]),
        pa.concat_arrays([nothing, literals.datatype]),
        pa.concat_arrays([nothing, literals.language]),
    )
    return terms, [subject, predicate, item, graph]


def _tags_of(triples: pa.Table) -> tuple[pa.DictionaryArray, pa.DictionaryArray]:
    """Give datatypes and languages; a tag alone says which datatype it is."""
    datatype, language = (_one_encoded(triples[name]) for name in ("datatype", "language"))
    if pc.any(pc.and_(language.is_valid(), datatype.is_null())).as_py():
        columns = (column.dictionary_decode() for column in (datatype, language))
        datatype = term_table(triples["object"], *columns).datatype.dictionary_encode()
    return datatype, language


def _one_encoded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    return column.unify_dictionaries().combine_chunks()


def _distinct_texts(columns: list[pa.DictionaryArray]) -> tuple[pa.StringArray, list[Integers]]:
    """Give the different texts of encoded columns, and the columns as codes."""
    dictionaries, codes = [], []
    for encoded in columns:
        own = numpy_of(encoded.indices.fill_null(ABSENT)).astype(np.int64)
        used = np.zeros(len(encoded.dictionary) + 1, dtype=bool)  # a slice has the whole's
        used[own] = True
        compact = np.cumsum(used) - 1
        compact[ABSENT] = ABSENT
        dictionaries.append(encoded.dictionary.filter(pa.array(used[:ABSENT])))
        codes.append(compact[own])
    whole = pa.concat_arrays(dictionaries).dictionary_encode()
    ends = np.cumsum([len(dictionary) for dictionary in dictionaries])
    places = np.split(numpy_of(whole.indices).astype(np.int64), ends[:-1])
    return whole.dictionary, [
        np.append(place, ABSENT)[own] for place, own in zip(places, codes, strict=True)
    ]


def _distinct_literals(
    texts: pa.DictionaryArray, tags: list[pa.DictionaryArray]
) -> tuple[TermColumns, Integers]:
    """Give the different literals, and the rows as codes; `tags` are datatype and language."""
    keys = numpy_of(texts.indices).astype(np.int64)
    for tag in tags:
        keys = keys * (len(tag.dictionary) + 1) + numpy_of(tag.indices.fill_null(ABSENT)) + 1
    encoded = pa.array(keys).dictionary_encode()
    rest = numpy_of(encoded.dictionary)
    columns = []
    for tag in reversed(tags):
        rest, code = np.divmod(rest, len(tag.dictionary) + 1)
        columns.append(tag.dictionary.take(pa.array(code - 1, mask=code == 0)))
    terms = TermColumns(texts.dictionary.take(pa.array(rest)), columns[1], columns[0])
    return terms, numpy_of(encoded.indices).astype(np.int64)


def quad_rows(ids: Integers, codes: Sequence[Integers]) -> pa.Table:
    """Give rows of the quads tables from what `distinct_triples` gave and the ids of its terms."""
    subject, predicate, item = (ids[code] for code in codes[:3])
    graph = np.where(codes[3] == ABSENT, DEFAULT_GRAPH, ids[codes[3]])
    columns = [pa.array(values) for values in (graph, subject, predicate, item)]
    return pa.table(columns, schema=QUADS_SPO.schema)


def _tags(columns: Sequence[TermColumns]) -> tuple[pa.StructArray, Integers]:
    """Give the few different pairs of datatype and language, and for each row its pair.

    The first pair is that of resources: null and null.
    """
    literal = [terms for terms in columns if terms.datatype.null_count < len(terms)]
    datatypes = _encoded([terms.datatype for terms in literal])
    languages = _encoded([terms.language for terms in literal])
    width = len(languages.dictionary)
    pairs = numpy_of(datatypes.indices).astype(np.int64) * width + numpy_of(languages.indices)
    encoded = pa.concat_arrays([pa.array([0]), pa.array(pairs)]).dictionary_encode()
    datatype_of, language_of = np.divmod(numpy_of(encoded.dictionary), width)
    tags = pa.StructArray.from_arrays(
        [
            datatypes.dictionary.take(pa.array(datatype_of)),
            languages.dictionary.take(pa.array(language_of)),
        ],
        ["datatype", "language"],
    )
    codes = iter(np.split(numpy_of(encoded.indices)[1:], np.cumsum([len(t) for t in literal])))
    parts = [
        next(codes) if terms.datatype.null_count < len(terms) else np.zeros(len(terms), np.int64)
        for terms in columns
    ]
    return tags, np.concatenate(parts).astype(np.int64)


def _encoded(columns: list[pa.StringArray]) -> pa.DictionaryArray:
    """Encode columns as one, null as the value 0 of the dictionary."""
    return pa.concat_arrays([pa.nulls(1, pa.string()), *columns]).dictionary_encode("encode")[1:]


def _one_array(values: pa.Array | pa.ChunkedArray) -> pa.StringArray:
    one = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return one.cast(pa.string())
