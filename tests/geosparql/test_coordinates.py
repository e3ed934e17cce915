"""Replacing coordinates keeps everything else."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geosparql.coordinates import replace_coordinates, swap_xy, without_measures
from tests.geosparql.zoo import zoo


@pytest.mark.parametrize("srid", [0, 28992])
def test_the_same_coordinates_give_the_same_geometries(srid: int) -> None:
    animals = np.append(zoo(srid), [None])
    coordinates = shapely.get_coordinates(animals, include_z=True)
    again = replace_coordinates(animals, coordinates)
    np.testing.assert_array_equal(
        shapely.to_wkb(again, include_srid=True), shapely.to_wkb(animals, include_srid=True)
    )


def test_swapping_twice_is_nothing() -> None:
    animals = zoo(4326)
    once = swap_xy(animals)
    np.testing.assert_array_equal(
        shapely.get_coordinates(once), shapely.get_coordinates(animals)[:, ::-1]
    )
    np.testing.assert_array_equal(
        shapely.to_wkb(swap_xy(once), include_srid=True), shapely.to_wkb(animals, include_srid=True)
    )


def test_inputs_are_left_as_they_were() -> None:
    animals = zoo(4326)
    before = shapely.to_wkb(animals, include_srid=True)
    swap_xy(animals)
    np.testing.assert_array_equal(shapely.to_wkb(animals, include_srid=True), before)


@pytest.mark.parametrize("srid", [0, 28992])
def test_measures_are_left_out_and_nothing_else(srid: int) -> None:
    animals = np.append(zoo(srid), [None])
    found = without_measures(animals)
    assert not shapely.has_m(found).any()
    np.testing.assert_array_equal(shapely.has_z(found), shapely.has_z(animals))
    np.testing.assert_array_equal(shapely.get_srid(found), shapely.get_srid(animals))
    np.testing.assert_array_equal(
        shapely.get_coordinates(found, include_z=True),
        shapely.get_coordinates(animals, include_z=True),
    )
