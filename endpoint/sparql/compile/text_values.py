"""Values that stand as term texts in a column, or are made as one by a function."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from endpoint.sparql.compile import sql
from endpoint.sparql.compile.sql import Expr, Thunk
from endpoint.sparql.compile.values import (
    ALL_FAMILIES,
    BLANK,
    DECIMAL_TYPE,
    IRI_KIND,
    LITERAL,
    TRIPLE_KIND,
    Families,
    Geometry,
    Moment,
    Number,
    Text,
)
from geosparql.literals.table import GEOMETRY_DATATYPES
from geosparql.terms import RDF_DIR_LANG_STRING, RDF_LANG_STRING, XSD, XSD_STRING


@dataclass(frozen=True, slots=True)
class TextValue:
    """A term text (`endpoint.sparql.functions.encoding`); null where unbound or an error."""

    text: Thunk
    families: Families = ALL_FAMILIES

    def _mark(self) -> Expr:
        return sql.substring(self.text(), 1, 1)

    def _is(self, mark: str) -> Expr:
        return sql.equal(self._mark(), sql.string(mark))

    def _before_space(self) -> Expr:
        length = exp.Sub(this=sql.position(self.text(), " "), expression=sql.integer(2))
        return exp.Substring(this=self.text(), start=sql.integer(2), length=length)

    def _after_space(self) -> Expr:
        start = exp.Add(this=sql.position(self.text(), " "), expression=sql.integer(1))
        return exp.Substring(this=self.text(), start=start)

    def bound(self) -> Expr:
        """See `Value`."""
        return sql.is_present(self.text())

    def id(self) -> Expr | None:
        """See `Value`."""
        return None

    def term(self) -> Expr:
        """See `Value`."""
        return self.text()

    def kind(self) -> Expr:
        """See `Value`."""
        return sql.case(
            (self._is("_"), sql.integer(BLANK)),
            (self._is("<"), sql.integer(IRI_KIND)),
            (sql.any_of(self._mark(), [sql.string(c) for c in '"@^']), sql.integer(LITERAL)),
            (self._is("("), sql.integer(TRIPLE_KIND)),
        )

    def lexical(self) -> Expr:
        """See `Value`."""
        return sql.case(
            (
                sql.any_of(self._mark(), [sql.string(c) for c in '<"']),
                sql.substring(self.text(), 2),
            ),
            (sql.any_of(self._mark(), [sql.string(c) for c in "^@"]), self._after_space()),
        )

    def datatype(self) -> Expr:
        """See `Value`."""
        return sql.case(
            (self._is('"'), sql.string(XSD_STRING)),
            (self._is("@"), self._language_datatype()),
            (self._is("^"), self._before_space()),
        )

    def _language_datatype(self) -> Expr:
        """Give rdf:dirLangString where the tag has a base direction."""
        directed = sql.compare(">", sql.position(self._before_space(), "--"), sql.integer(0))
        names = (RDF_DIR_LANG_STRING, RDF_LANG_STRING)
        return sql.case((directed, sql.string(names[0])), default=sql.string(names[1]))

    def language(self) -> Expr:
        """See `Value`."""
        return sql.case(
            (self._is("@"), self._before_space()),
            (sql.any_of(self._mark(), [sql.string(c) for c in '"^']), sql.string("")),
        )

    def string(self) -> Text | None:
        """See `Value`."""
        if not self.families & {"string", "language"}:
            return None

        def lexical() -> Expr:
            return sql.case(
                (self._is('"'), sql.substring(self.text(), 2)),
                (self._is("@"), self._after_space()),
            )

        return Text(lexical, lambda: sql.case((self._is("@"), self._before_space())))

    def boolean(self) -> Expr | None:
        """See `Value`."""
        if "boolean" not in self.families:
            return None
        mark = f"^{XSD}boolean "

        def among(*lexicals: str) -> Expr:
            return sql.any_of(self.text(), [sql.string(mark + lexical) for lexical in lexicals])

        return sql.case(
            (among("true", "1"), sql.boolean(True)), (among("false", "0"), sql.boolean(False))
        )

    def number(self) -> Number | None:
        """See `Value`."""
        if "numeric" not in self.families:
            return None
        return Number(
            rank=lambda: sql.call("sparql_term_rank", self.text()),
            exact=lambda: sql.cast(sql.call("sparql_term_exact", self.text()), DECIMAL_TYPE),
            double=lambda: sql.call("sparql_term_double", self.text()),
        )

    def moment(self, family: str) -> Moment | None:
        """See `Value`."""
        if family not in self.families:
            return None
        mark = f"^{XSD}{family} "

        def of_family() -> Expr:
            own = sql.equal(sql.substring(self.text(), 1, len(mark)), sql.string(mark))
            return sql.case((own, self.text()))

        return Moment(
            micros=lambda: sql.call("sparql_term_instant", of_family()),
            zoned=lambda: sql.call("sparql_term_zoned", of_family()),
        )

    def geometry(self) -> Geometry | None:
        """See `Value`."""
        if "geometry" not in self.families:
            return None

        def datatype() -> Expr:
            names = [sql.string(name) for name in sorted(GEOMETRY_DATATYPES)]
            return sql.case((sql.any_of(self.datatype(), names), self.datatype()))

        return Geometry(
            ewkb=lambda: sql.call("geometry_from_literal", self.lexical(), datatype()),
            datatype=datatype,
        )
