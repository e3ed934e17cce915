"""Links found tile by tile, each finished tile kept: a killed run goes on with the next one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from engine.protocol import Control, Engine, Parts, Relation
from engine.triple_files import write_relation
from geosparql.triples import TRIPLES_SCHEMA
from interlink.feature_stream import stream_features, told_features
from interlink.features import facts_of, from_facts
from interlink.rules.model import Rules
from interlink.sides import Reading, Sides, sets_of, told_sides
from interlink.tile_files import read_rows
from interlink.tiles import Tile, cut
from interlink.work_folder import written_whole

Find = Callable[[Engine, Rules, Sides, Control], Relation]

_PLAN, _TILES = "tiles.json", "tiles"


def tiled_links(
    engine: Engine, rules: Rules, find: Find, folder: Path, reading: Reading, *, control: Control
) -> tuple[Relation, Sides]:
    """Find the links of rules whose pairs lie close together, each once.

    Parameters
    ----------
    engine
        One that runs in this process.
    rules
        Whose conditions `interlink.tiles.can_cut`.
    find
        Finds the links between features of one tile.
    folder
        Of the work; what is finished in it is not done again.
    reading
        How the sets are read.
    control
        Cancellation and progress.

    Returns
    -------
    Relation, (Features, Features)
        The links, and what was read, without its rows.
    """
    plan = folder / _PLAN
    if not plan.exists():
        _cut(engine, rules, folder, reading, control)
    document = json.loads(plan.read_text(encoding="utf-8"))
    nothing = engine.relation(pa.table({}))
    sides = [from_facts(nothing, facts) for facts in document["sides"]]
    both = (sides[0], sides[-1])
    parts = []
    for done, number in enumerate(document["tiles"]):
        control.report("link tiles", done, len(document["tiles"]), "tiles")
        tile = Tile(number, folder / _TILES)
        parts.append(folder / f"links-{number}")
        if not parts[-1].exists():
            _find_in(tile, engine, rules, find, both, parts[-1], control)
        for file in (tile.left, tile.right):
            file.unlink(missing_ok=True)
    files = [file for part in parts for file in sorted(part.glob("*.parquet"))]
    links = engine.relation(files or TRIPLES_SCHEMA.empty_table())
    inverse = any(rule.inverse for rule in rules.links)
    if rules.right is None or both[0].several or inverse:
        return engine.materialize(links.select().distinct(), control=control), both
    return links, both


def _cut(engine: Engine, rules: Rules, folder: Path, reading: Reading, control: Control) -> None:
    """Read both sides and cut them into tiles; the plan is written when all stand."""
    tiles = folder / _TILES
    shutil.rmtree(tiles, ignore_errors=True)  # of a run that was killed here
    tiles.mkdir()
    sets = sets_of(rules)
    told = [folder / f"told-{chosen.name}" for chosen in sets]
    streams = [
        stream_features(engine, chosen, reading.readers, file, control=control)
        for chosen, file in zip(sets, told, strict=True)
    ]
    conditions = [rule.condition for rule in rules.links if rule.condition is not None]
    made = cut(streams[0], None if rules.right is None else streams[1], conditions, tiles,
               control=control)  # fmt: skip
    read = [
        told_features(engine, chosen, file, control=control)
        for chosen, file in zip(sets, told, strict=True)
    ]
    told_sides(engine, read, reading, control=control)
    facts = [facts_of(side) for side in read]
    document = {"tiles": [tile.number for tile in made], "sides": facts}
    written_whole(folder / _PLAN, json.dumps(document))


def _find_in(
    tile: Tile,
    engine: Engine,
    rules: Rules,
    find: Find,
    sides: Sides,
    part: Path,
    control: Control,
) -> None:
    """Find the links of one tile and keep them."""
    relations = [_relation(engine, file, control) for file in (tile.left, tile.right)]
    left, right = (replace(s, relation=r) for s, r in zip(sides, relations, strict=True))
    found = find(engine, rules, (left, right), control)
    write_relation(engine, found.select(), part, control=control)
    for relation in (found, *relations):
        engine.drop(relation)


def _relation(engine: Engine, file: Path, control: Control) -> Relation:
    """Bring one side of a tile in; of a stream the engine would not know how many rows it has."""
    schema = next(read_rows(file)).schema
    stream = engine.relation(Parts(schema, [str(file)], read_rows))
    relation = engine.materialize(stream.select(), control=control)
    engine.drop(stream)
    return relation
