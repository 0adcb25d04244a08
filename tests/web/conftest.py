"""What the tests of the dashboard share: one counted workspace, and a client of its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.dashboards import client, odd_workspace, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.testclient import TestClient

    from fullcount.web.house import House


@pytest.fixture(scope="session")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A counted workspace; nobody writes into it."""
    return odd_workspace(tmp_path_factory.mktemp("odd"))


@pytest.fixture(scope="session")
def house(odd: Path) -> Iterator[House]:
    with opened(odd) as found:
        yield found


@pytest.fixture(scope="session")
def asking(house: House) -> TestClient:
    return client(house)
