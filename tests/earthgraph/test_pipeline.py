"""Pipeline files: what is read, and what is refused with which words."""

from pathlib import Path

import pytest

from earthgraph.pipeline import read_pipeline
from geosparql.errors import PipelineError

GOOD = """
name = "small"

[[convert]]
mapping = "map.ttl"
output = "things.nt"
functions = ["own.py"]

[[link]]
rules = "rules.toml"
output = "links.nt"
sets = { left = ["things.nt"] }

[load]
ontologies = ["geosparql"]

[[ask]]
question = "How many?"
query = "count.rq"
sentence = "{n} things."
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("map.ttl", "own.py", "rules.toml", "count.rq"):
        (tmp_path / name).write_text("")
    return tmp_path


def test_reads_every_table(folder: Path) -> None:
    (folder / "pipeline.toml").write_text(GOOD)
    pipeline = read_pipeline(folder / "pipeline.toml")
    assert pipeline.name == pipeline.title == "small"
    assert pipeline.convert[0].mapping == folder / "map.ttl"
    assert pipeline.convert[0].functions == (folder / "own.py",)
    assert pipeline.link[0].sets == {"left": ("things.nt",)}
    assert pipeline.load.ontologies == ("geosparql",)
    assert pipeline.ask[0].sentence == "{n} things."


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('name = "small"', "", "'name' is missing"),
        ('output = "things.nt"', "", "lacks the key 'output'"),
        ('output = "things.nt"', "output = 3", "must be a str"),
        ('"map.ttl"', '"nowhere.ttl"', "does not exist: 'nowhere.ttl'"),
        ('["own.py"]', '["not.py"]', "does not exist: 'not.py'"),
        ("[[convert]]", "[[conver]]", "unknown key: 'conver'"),
        ('sentence = "{n}', 'sentense = "{n}', "Known keys: query, question, sentence"),
        ("[load]", "[[load]]", "must be one table"),
        ("[[link]]", "[link]", "must be a list of tables"),
        ('["things.nt"] }', '"things.nt" }', "must be a list of file names"),
        ("[load]", "[load", "not valid TOML"),
    ],
)
def test_says_what_is_wrong_and_where(folder: Path, old: str, new: str, words: str) -> None:
    path = folder / "pipeline.toml"
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(PipelineError) as caught:
        read_pipeline(path)
    assert words in str(caught.value)
    assert "pipeline.toml" in str(caught.value)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match=r"none\.toml"):
        read_pipeline(tmp_path / "none.toml")
