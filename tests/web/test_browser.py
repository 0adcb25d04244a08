"""The dashboard in a real browser, from a real server: what a person sees, does with the keyboard alone, and takes along."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.browsers import chromium
from tests.dashboards import DIRECTIVE, running

from fullcount.web.screens import MENU

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fullcount.web.house import House

pytestmark = pytest.mark.browser
HERE = f"/last/{DIRECTIVE}/"
AXES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LISTS = ("hosts?standing=with+it", "evidence", "looks", "near-titles", "files", "apart")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    yield from chromium()


@pytest.fixture(scope="module")
def served(odd: Path) -> Iterator[House]:
    """A server on loopback, in a thread of this process."""
    with running(odd) as house:
        yield house


@pytest.fixture
def page(browser: Any, served: House) -> Iterator[Any]:
    """A page of a browser that was let in, and that complains where anything is asked of another server or goes wrong."""
    context = browser.new_context(bypass_csp=False, viewport={"width": 1280, "height": 900})
    found = context.new_page()
    heard: list[str] = []
    found.on("console", lambda message: heard.append(message.text))
    found.on("pageerror", lambda error: heard.append(str(error)))
    found.on("dialog", lambda dialog: heard.append(dialog.message))
    found.on(
        "request", lambda request: heard.append(request.url) if not request.url.startswith((served.address, "data:")) else None
    )
    found.goto(served.link())
    found.wait_for_url(f"**{HERE}")
    yield found
    context.close()
    assert not heard


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(browser: Any, served: House, scheme: str) -> None:
    context = browser.new_context(bypass_csp=True, color_scheme=scheme, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(served.link())
    page.wait_for_url(f"**{HERE}")
    host = page.request.get(f"{served.address}{HERE}hosts").text()
    [first, *_] = re.findall(r'class="host" href="([^"]+)"', host)
    lists = LISTS if scheme == "light" else LISTS[:1]  # they look alike
    for path in (*(HERE + one.path for one in MENU), *(HERE + one for one in lists), first, "/nothing"):
        page.goto(served.address + path)
        found = Axe().run(page, options={"runOnly": {"type": "tag", "values": AXES}})
        assert not found.response["violations"], (path, found.generate_report())
    context.close()


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_no_page_is_wider_than_the_screen(page: Any, served: House, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for path in (*(one.path for one in MENU), *LISTS):
        page.goto(served.address + HERE + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_a_number_is_followed_to_its_list_and_a_host_is_pulled_out_by_the_keyboard(page: Any) -> None:
    number = page.locator("#sentence a.n").first
    value = number.inner_text()
    number.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#total")
    assert page.locator("#total").inner_text() == value
    host = page.locator("a.host").first
    name = host.inner_text()
    host.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open] h1")
    assert name in page.locator("dialog[open]").inner_text()
    assert page.evaluate("document.querySelector('dialog').contains(document.activeElement)")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog[open]", state="detached" if not page.locator("dialog").count() else "hidden")
    assert page.evaluate("document.activeElement.className") == "host"


def test_a_filter_shows_at_once_and_stays_in_the_address(page: Any, served: House) -> None:
    page.goto(f"{served.address}{HERE}hosts")
    page.select_option("select[name=standing]", "without it")
    page.wait_for_url("**standing=without+it")
    page.wait_for_selector(".pills")
    total = page.locator("#total").inner_text()
    page.reload()
    assert page.locator("#total").inner_text() == total
    page.locator(".rows thead a").first.click()
    page.wait_for_url("**sort=name**")
    page.go_back()
    page.wait_for_url(re.compile("standing=without\\+it$"))
    with page.expect_download() as download:
        page.locator(".files a").first.click()
    text = download.value.path().read_bytes().decode("utf-8-sig")
    assert text.count("\r\n") - 1 == int(total.replace(",", ""))


def test_everything_is_usable_without_a_script(browser: Any, served: House) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(served.link())
    page.wait_for_url(f"**{HERE}")
    page.locator("#sentence a.n").first.click()
    assert page.locator("#total").count() == 1
    page.select_option("select[name=component]", "Docks")
    page.locator("form.filters button").first.click()
    assert "component=Docks" in page.url
    page.locator("a.host").first.click()
    assert "/host/" in page.url
    context.close()


def test_a_page_can_be_printed_and_read_at_twice_its_size(page: Any, served: House) -> None:
    page.emulate_media(media="print")
    assert not page.locator("nav .menu").is_visible()
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 640, "height": 450})  # 200 % of a laptop
    page.goto(f"{served.address}{HERE}components")
    assert page.evaluate("document.documentElement.scrollWidth") <= 640
