"""The system's Chromium for tests, driven by Playwright; without it they are skipped, not in CI."""

import os
import shutil
from contextlib import contextmanager

import pytest

QUIETLY = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@contextmanager
def chromium():
    found = shutil.which("chromium")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("there is no chromium on PATH, and CI must not skip the browser's tests")
        pytest.skip("there is no chromium on PATH: the page is not tried in a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=list(QUIETLY))
        try:
            yield browser
        finally:
            browser.close()


class Watched:
    """A page that remembers what it must never have: errors, dialogs, requests to elsewhere."""

    def __init__(self, context, door):
        self.door, self.wrong = door, []
        self.page = context.new_page()
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        self.page.on("dialog", self._dialog)
        self.page.on("console", self._console)
        self.page.on("request", self._request)

    def open(self, path="/"):
        self.page.goto(self.door.address)
        if path != "/":
            self.page.goto(f"http://127.0.0.1:{self.door.port}{path}")
        return self.page

    def _dialog(self, dialog):
        self.wrong.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _console(self, message):
        # What the server refuses (409, 422) is written there too.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.wrong.append(message.text)

    def _request(self, request):
        if not request.url.startswith(f"http://127.0.0.1:{self.door.port}/"):
            self.wrong.append(f"asked for {request.url}")


def heading(page):
    return page.locator("main h1").inner_text()


def acted(page, do):
    """Do something that leads to another page, and wait until that page stands there."""
    page.evaluate("document.body.dataset.old = 1")
    do()
    page.wait_for_selector("body:not([data-old]) main h1")


def open_lines(page):
    return page.locator(".lines li:not([class])").count()
