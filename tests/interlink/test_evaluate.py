"""Precision, recall and F, with links said in any direction."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.protocol import Engine
from geosparql.errors import SourceError
from geosparql.vocabulary import GEO, OWL, RDF_TYPE, SKOS, TIME
from interlink.evaluate import Agreement, evaluate

EX = "http://example.org/"


def line(subject: str, predicate: str, obj: str) -> str:
    return f"<{EX}{subject}> <{predicate}> <{EX}{obj}> ."


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


def test_inverse_and_symmetric_links_are_the_same(engine: Engine, tmp_path: Path) -> None:
    links = write(
        tmp_path / "links.nt",
        line("a", GEO + "sfWithin", "b"),
        line("b", GEO + "sfContains", "a"),  # once more
        line("c", GEO + "sfTouches", "d"),
        line("e", OWL + "sameAs", "f"),
        line("x", OWL + "sameAs", "y"),  # false
        line("g", TIME + "intervalBefore", "h"),
        line("i", EX + "near", "j"),
        line("i", RDF_TYPE, "Place"),
        f'<{EX}i> <{EX}distance> "3" .',
    )
    reference = write(
        tmp_path / "reference.nq",
        line("b", GEO + "sfContains", "a"),
        line("d", GEO + "sfTouches", "c"),
        line("d", GEO + "sfTouches", "z"),  # missed
        line("f", OWL + "sameAs", "e"),
        line("h", TIME + "intervalAfter", "g"),
        line("j", EX + "near", "i"),  # whether near is symmetric nobody knows
        line("k", SKOS + "narrowMatch", "l"),
    )
    missed, false = tmp_path / "missed.nt", tmp_path / "false.nt"
    result = evaluate(engine, links, reference, missed=missed, false=false)
    assert dict(result.by_predicate) == {
        GEO + "sfContains": Agreement(1, 1, 1),
        GEO + "sfTouches": Agreement(1, 2, 1),
        OWL + "sameAs": Agreement(2, 1, 1),
        TIME + "intervalAfter": Agreement(1, 1, 1),
        EX + "near": Agreement(1, 1, 0),
        SKOS + "broadMatch": Agreement(0, 1, 0),
    }
    assert result.all == Agreement(6, 7, 4)
    assert missed.read_text().splitlines() == [
        line("j", EX + "near", "i"),
        line("d", GEO + "sfTouches", "z"),
        line("l", SKOS + "broadMatch", "k"),
    ]
    assert false.read_text().splitlines() == [
        line("i", EX + "near", "j"),
        line("x", OWL + "sameAs", "y"),
    ]


def test_measures() -> None:
    agreement = Agreement(found=8, reference=4, correct=2)
    assert (agreement.precision, agreement.recall) == (0.25, 0.5)
    assert agreement.f_measure == pytest.approx(1 / 3)
    nothing = Agreement(0, 0, 0)
    assert (nothing.precision, nothing.recall, nothing.f_measure) == (None, None, None)


LINKS = st.sets(st.tuples(st.sampled_from("abcd"), st.sampled_from("efgh")), max_size=8)


@given(LINKS, LINKS)
@settings(max_examples=15)
def test_counts_are_those_of_sets(duckdb_engine: Engine, tmp_path_factory, found, wanted) -> None:
    folder = tmp_path_factory.mktemp("sets")
    links = write(folder / "a.nt", *(line(s, GEO + "sfCrosses", o) for s, o in found))
    other = write(folder / "b.nt", *(line(s, GEO + "sfCrosses", o) for s, o in wanted))
    result = evaluate(duckdb_engine, links, other).all
    assert result == Agreement(len(found), len(wanted), len(found & wanted))


def test_a_missing_file_is_an_error(duckdb_engine: Engine, tmp_path: Path) -> None:
    links = write(tmp_path / "links.nt", line("a", EX + "near", "b"))
    with pytest.raises(SourceError):
        evaluate(duckdb_engine, links, tmp_path / "gone.nt")
