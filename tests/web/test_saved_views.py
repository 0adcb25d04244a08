"""Saved views: a list and its filters under a name that opens on the newest count, and what is refused."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient
from tests.dashboards import opened

from fullcount.commands.count import packs_of, run_count
from fullcount.errors import UsageError
from fullcount.exports import Found, find
from fullcount.read import Options
from fullcount.readers import READERS
from fullcount.settings import template
from fullcount.web import views
from fullcount.web.app import app
from fullcount.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.web.house import House

BAN = "us-dhs-bod-17-01"
AT = f"/last/{BAN}"
HEAD = "PSComputerName,SerialNumber,DisplayName,DisplayVersion,Publisher\n"
WHERE = f"{BAN}/hosts?standing=with+it"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house over three machines, of which one has it."""
    folder = tmp_path_factory.mktemp("views")
    rows = ["PC-1,SN1001,Kaspersky Password Manager,1,AO Kaspersky Lab", "PC-2,SN1002,x,1,y", "PC-3,SN1003,x,1,y"]
    (folder / "programs-2017-10-10.csv").write_text(HEAD + "\n".join(rows) + "\n", "utf-8")
    of = Workspace.create(folder / "work", text=template("Somebody"))
    of.read([folder / "programs-2017-10-10.csv"], options=Options(), readers=READERS)
    run_count(of, packs_of(of))
    with opened(of.folder) as found:
        yield found


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    yield TestClient(app(house), headers={"Origin": "http://testserver"}, follow_redirects=False)
    (house.workspace.folder / views.FILE).unlink(missing_ok=True)


def test_a_list_is_saved_from_its_page_opened_by_its_name_and_taken_away(client: TestClient) -> None:
    listed = client.get(f"{AT}/hosts?standing=with+it&sort=-name").text
    (where,) = re.findall(r'name="path" value="([^"]+)"', listed)
    saved = client.post(f"{AT}/views", data={"do": "save", "name": "  With   it ", "path": where.replace("&amp;", "&")})
    assert saved.status_code == 303
    assert saved.headers["location"].startswith(f"{AT}/hosts?standing=with+it&sort=-name&told=Saved")
    assert client.get(saved.headers["location"]).status_code == 200

    page = client.get(f"{AT}/views").text
    assert '<a href="/view/With%20it"><bdi>With it</bdi></a>' in page
    assert "standing is with it" in page
    (number,) = re.findall(r'<a class="n" href="([^"]+)" data-n="1"', page)
    assert 'data-total="1"' in client.get(number.replace("&amp;", "&")).text
    opened = client.get("/view/With%20it")
    assert (opened.status_code, opened.headers["location"]) == (303, f"{AT}/hosts?standing=with+it&sort=-name")

    assert client.post(f"{AT}/views", data={"do": "remove", "name": "With it"}).status_code == 303
    assert "No view is saved" in client.get(f"{AT}/views").text
    assert client.get("/view/With%20it").status_code == 404


@pytest.mark.parametrize(
    ("name", "where", "text"),
    [
        ("", WHERE, "a view needs a name"),
        ("a/b", WHERE, "a view needs a name"),
        ("x" * 61, WHERE, "a view needs a name"),
        ("hosts", "", "there is no list to be saved"),
        ("hosts", "//elsewhere.example/hosts", "only lists can be saved"),
        ("hosts", f"{BAN}/decide?what=is", "only lists can be saved"),
        ("taken", f"{BAN}/hosts", "another view is called “taken”"),
    ],
)
def test_what_cannot_be_saved_is_said_beside_the_name_that_was_typed(
    client: TestClient, name: str, where: str, text: str
) -> None:
    client.post(f"{AT}/views", data={"do": "save", "name": "taken", "path": WHERE})
    refused = client.post(f"{AT}/views", data={"do": "save", "name": name, "path": where})
    assert refused.status_code == 422
    assert re.search(rf'id="wrong-name"><b>[^<]*{text}', refused.text)
    assert f'name="name" value="{name}"' in refused.text
    assert f'name="path" value="{where}"' in refused.text


def test_saving_the_same_again_changes_nothing(client: TestClient, house: House) -> None:
    for _ in range(2):
        assert client.post(f"{AT}/views", data={"do": "save", "name": "mine", "path": WHERE}).status_code == 303
    assert views.saved(house.workspace.folder) == {"mine": WHERE}


def test_a_view_of_another_directive_or_of_nonsense_breaks_no_page(client: TestClient, house: House) -> None:
    views.save(house.workspace.folder, "other", "another-ban/hosts?standing=with+it")
    views.save(house.workspace.folder, "odd", f"{BAN}/hosts?sort=nothing&colour=blue")
    with (house.workspace.folder / views.FILE).open("ab") as file:
        file.write(b'{"name": "\xff", \n[]\n{"name": 1, "path": 2}\n{"name": "evil", "path": "a/../b"}\n')
    page = client.get(f"{AT}/views")
    assert page.status_code == 200
    assert "not counted under it" in page.text
    assert page.text.count('href="/view/') == 2
    assert client.get("/view/evil").status_code == 404


def test_many_who_save_at_once_lose_nothing(client: TestClient, house: House) -> None:
    people = [
        threading.Thread(target=views.save, args=(house.workspace.folder, f"view {turn}", f"{BAN}/hosts?q={'x' * turn}"))
        for turn in range(1, 40)
    ]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert len(views.saved(house.workspace.folder)) == 39
    assert client.get(f"{AT}/views").text.count('href="/view/view%20') == 39


def test_saved_views_are_no_export(house: House, client: TestClient) -> None:
    del client
    views.save(house.workspace.folder, "mine", WHERE)
    found = find([house.workspace.folder], leave_out=house.workspace.own())
    assert views.FILE not in {one.path.name for one in found if isinstance(one, Found)}


def test_a_name_is_told_how_it_must_be() -> None:
    with pytest.raises(UsageError, match="only lists"):
        views.save(None, "x", "elsewhere")  # type: ignore[arg-type]
