"""Text measures: known values, laws of a similarity."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlink.measures import texts

MEASURES = (
    texts.exact,
    texts.jaro_winkler,
    texts.levenshtein,
    texts.token_sort,
    texts.token_set,
    texts.token_jaccard,
)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("  Café  de\tla Gare ", "cafe de la gare"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("Saint-Étienne (Loire)", "saint etienne loire"),
        ("Ａthens ﬁre", "athens fire"),
        ("Αθήνα", "αθηνα"),
        ("", ""),
        ("!?", ""),
    ],
)
def test_normalized(text: str, plain: str) -> None:
    assert texts.normalized(text) == plain
    assert texts.normalized(plain) == plain


def test_steps_are_done_as_asked() -> None:
    assert texts.normalized(" É-b ", ("case",)) == " é-b "
    assert texts.normalized(" É-b ", ("accents",)) == " E-b "
    assert texts.normalized(" É-b ", ("spacing",)) == "É-b"
    assert texts.normalized("É-b", ("punctuation",)) == "É b"
    assert texts.normalized("E\u0301", ()) == "É"


@pytest.mark.parametrize(
    ("measure", "a", "b", "expected"),
    [
        (texts.exact, "Bahnhof", "BAHNHOF ", 1.0),
        (texts.exact, "Bahnhof", "Bahnhöfe", 0.0),
        # Winkler's own examples
        (texts.jaro_winkler, "MARTHA", "MARHTA", 0.9611),
        (texts.jaro_winkler, "DIXON", "DICKSONX", 0.8133),
        (texts.levenshtein, "kitten", "sitting", 1 - 3 / 7),
        (texts.token_sort, "Gare du Nord", "nord, gare du", 1.0),
        (texts.token_set, "Hotel Adler", "Adler Hotel am See", 1.0),
        (texts.token_jaccard, "Hotel Adler", "Adler Hotel am See", 0.5),
        (texts.token_jaccard, "", "", 1.0),
        (texts.token_set, "", "!", 1.0),
        (texts.levenshtein, "", "abc", 0.0),
    ],
)
def test_known_similarities(measure: texts.Callable, a: str, b: str, expected: float) -> None:
    assert measure([a], [b])[0] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("measure", MEASURES)
@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=4))
def test_laws(measure: texts.Callable, pairs: list[tuple[str, str]]) -> None:
    a, b = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    found = measure(a, b)
    assert len(found) == len(pairs)
    assert ((found >= 0) & (found <= 1)).all()
    assert found.tolist() == pytest.approx(measure(b, a).tolist())
    assert (measure(a, a) == 1).all()


def test_normalization_can_be_left_out() -> None:
    assert texts.exact(["A"], ["a"], normalize=()).tolist() == [0.0]
    assert texts.jaro_winkler(["A"], ["a"], normalize=()).tolist() == [0.0]
