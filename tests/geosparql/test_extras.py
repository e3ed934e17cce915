import pytest

from geosparql.errors import EngineUnavailableError
from geosparql.extras import module_of_extra


def test_module_that_is_there() -> None:
    assert module_of_extra("os.path", "vector", "Paths").join("a", "b") == "a/b"


def test_absent_package_is_named_with_its_extra() -> None:
    with pytest.raises(EngineUnavailableError, match=r"Dreams need the package dreamlib") as told:
        module_of_extra("dreamlib.deep", "dreams", "Dreams")
    assert "earthgraph[dreams]" in str(told.value)
