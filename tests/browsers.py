"""A page in a real browser, and everything that it asked for, said or complained about."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

CHROMIUM = Path("/usr/bin/chromium")


def chromium() -> Iterator[Any]:
    """A browser, to be closed by whoever asked for it; what a fixture yields from."""
    if not CHROMIUM.exists() and os.environ.get("CI") != "true":
        pytest.skip("no /usr/bin/chromium here")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), headless=True, args=arguments)
        yield started
        started.close()


def opened(browser, folder: Path, data: bytes, **options):
    """The page in a browser, and everything it asked for, said or complained about."""
    file = folder / "report.html"
    file.write_bytes(data)
    page = browser.new_page(**options)
    heard: list[str] = []
    page.on("dialog", lambda dialog: heard.append(f"dialog {dialog.message}"))
    page.on("console", lambda message: heard.append(f"console {message.text}"))
    page.on("pageerror", lambda error: heard.append(f"error {error}"))
    page.on("request", lambda request: heard.append(request.url))
    page.goto(file.as_uri())
    assert heard.pop(0) == file.as_uri()
    return page, heard
