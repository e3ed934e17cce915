"""Rule files: what is read, and what is refused with which words."""

from pathlib import Path

import pytest

from engine.protocol import Nearest, Related, WithinDistance
from geosparql.errors import RuleError
from interlink.rules import FAMILIES, read_rules

GOOD = """
[left]
files = ["a.nt"]
class = "http://example.org/Berg"
where = { "http://example.org/day" = "2017-04-03" }

[right]
files = ["b.nt"]

[[link]]
relations = ["sf_within", "eh"]
inverse = true

[[link]]
within_m = 500
predicate = "http://example.org/near"

[[link]]
nearest = 3
max_m = 900.5
predicate = "http://example.org/nearest"
graph = "http://example.org/g"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.nt", "b.nt", "c.nt"):
        (tmp_path / name).write_text("")
    return tmp_path


def write(folder: Path, text: str) -> Path:
    path = folder / "rules.toml"
    path.write_text(text)
    return path


def test_reads_every_kind_of_rule(folder: Path) -> None:
    rules = read_rules(write(folder, GOOD))
    assert rules.left.class_iri == "http://example.org/Berg"
    assert rules.left.where == (("http://example.org/day", "2017-04-03"),)
    assert rules.right is not None
    related, within, nearest = rules.links
    assert isinstance(related.condition, Related)
    assert related.condition.relations == ("sf_within", *FAMILIES["eh"])
    assert within.condition == WithinDistance(500.0)
    assert nearest.condition == Nearest(3, max_distance=900.5)
    assert nearest.graph == "http://example.org/g"


def test_families_leave_the_disjoint_relations_out() -> None:
    assert [len(names) for names in FAMILIES.values()] == [7, 7, 7]
    assert not [name for names in FAMILIES.values() for name in names if name.endswith("disjoint")]


def test_sets_given_by_the_caller_win(folder: Path) -> None:
    rules = read_rules(write(folder, GOOD), {"right": [folder / "c.nt"]})
    assert rules.right is not None
    assert rules.right.files == (folder / "c.nt",)


def test_one_set_is_linked_with_itself(folder: Path) -> None:
    text = GOOD.replace('[right]\nfiles = ["b.nt"]', "")
    assert read_rules(write(folder, text)).right is None


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"a.nt"', '"gone.nt"', "does not exist"),
        ("[left]", "[lefft]", "unknown key: 'lefft'"),
        ('"sf_within"', '"sf_covers"', "unknown name: 'sf_covers'"),
        ("within_m = 500", "", "exactly one condition"),
        ("within_m = 500", "within_m = 500\nnearest = 2", "exactly one condition"),
        ("within_m = 500", "within_m = -5", "above zero"),
        ("within_m = 500", 'within_m = "5 km"', "'within_m' has the wrong type"),
        ("within_m = 500", "within_m = true", "wrong type"),
        (
            'within_m = 500\npredicate = "http://example.org/near"',
            "within_m = 5",
            "needs a predicate",
        ),
        ("inverse = true", 'predicate = "http://example.org/p"', "one predicate for several"),
        ('= "2017-04-03"', "= 7", "must be an IRI or a text"),
        ("[[link]]", "[link]", ""),
    ],
)
def test_says_what_is_wrong_and_where(folder: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(RuleError) as caught:
        read_rules(write(folder, GOOD.replace(old, new)))
    assert words in str(caught.value)
    assert "rules.toml" in str(caught.value)
