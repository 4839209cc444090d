"""The page as people use it: in a real browser, by keys, by touch, and without script."""

import re

import pytest

from output.escape import plain
from output.patch import patch
from tests.review.browser import acted, heading, open_lines
from tests.review.conftest import SIZE
from tests.review.week import world_of

PHONE = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}
# Enough for each way to decide once, where every work costs a page.
short_week = pytest.mark.parametrize("door", [5], indirect=True)
# A whole week by one person, key by key; what is left is accepted.
FIRST_KEYS = ("a", "*", "l", "1", "3")


def press(page, *keys):
    for key in keys:
        acted(page, lambda key=key: page.keyboard.press(key))


def tab_to(page, words):
    """Go on with Tab until the focus is on what has these words."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if words in page.evaluate("document.activeElement.innerText ?? ''"):
            return
    pytest.fail(f"Tab never comes to {words!r}")


@pytest.mark.long
def test_a_week_by_keys_alone(opened, workspace):
    page = opened()
    before = workspace.listed.read_bytes()
    week = open_lines(page)
    assert SIZE == week
    assert "a" == page.locator('[data-key="a"]').get_attribute("aria-keyshortcuts")

    press(page, *FIRST_KEYS)
    assert week - len(FIRST_KEYS) == open_lines(page)
    there = heading(page)
    press(page, "j", "k")
    assert there == heading(page)
    press(page, "a", "u")
    assert there == heading(page)
    # Another section: a list of choices, by its letters.
    page.keyboard.press("s")
    page.keyboard.type("Survey")
    page.keyboard.press("Escape")
    press(page, "a")
    assert "Accepted into Survey" in page.locator("[role=status]").inner_text()
    # A reason of one's own.
    page.keyboard.press("r")
    assert "off topic" in page.evaluate("document.activeElement.innerText")
    tab_to(page, "other")
    page.keyboard.press("Tab")
    page.keyboard.type("about tables")
    press(page, "Enter")
    # The entry's text.
    page.keyboard.press("e")
    page.keyboard.press("Control+Home")
    for _ in range(len("- ")):
        page.keyboard.press("ArrowRight")
    page.keyboard.type(":star2: ")
    page.keyboard.press("Escape")
    press(page, "a")
    while open_lines(page):
        press(page, "a")
    assert "All candidates are decided" == heading(page)

    press(page, "w")
    shown = page.locator(".diff").inner_text()
    tab_to(page, "Write ")
    press(page, "Enter")
    assert lines(patch(before, workspace.listed.read_bytes(), "efficient-llm.md")) == lines(shown)
    assert 1 == shown.count("+- :star2: ")
    said = {(one.act, one.reason) for one in world_of(workspace).store.decisions.all()}
    assert ("reject", "about tables") in said

    tab_to(page, "Undo last write")
    press(page, "Enter")
    assert before == workspace.listed.read_bytes()


def lines(text):
    """Each line without the blanks at its end, which a browser does not show."""
    return [line.rstrip() for line in text.replace("\t", " ").split("\n") if line.strip()]


@pytest.mark.long
@short_week
@pytest.mark.parametrize(("wide", "high"), [(320, 640), (360, 740), (768, 1024)])
def test_a_week_by_touch(opened, workspace, wide, high):
    """On the smallest phone, on a usual one and on a tablet."""
    page = opened(**PHONE | {"viewport": {"width": wide, "height": high}})
    before = workspace.listed.read_bytes()
    number = 0

    while open_lines(page):
        assert wide == page.evaluate("document.documentElement.scrollWidth")
        for button in ("button.yes", "[value=later]", ".reject summary"):
            box = page.locator(f".bar {button}").bounding_box()
            assert 0 <= box["y"] <= high - box["height"], "without scrolling"
            assert box["height"] >= 44
        if number % 4 == 3:
            page.locator(".reject summary").tap()
            acted(page, page.get_by_role("button", name="duplicate").tap)
        else:
            acted(page, page.locator("button.yes").tap)
        number += 1
    acted(page, page.get_by_role("link", name="Preview the change").tap)
    assert wide == page.evaluate("document.documentElement.scrollWidth")
    acted(page, page.locator("main button.yes").tap)
    assert before != workspace.listed.read_bytes()
    acted(page, page.get_by_role("button", name="Undo last write").tap)

    assert before == workspace.listed.read_bytes()


@pytest.mark.long
@short_week
def test_a_week_without_script(opened, workspace):
    page = opened(java_script_enabled=False)
    before = workspace.listed.read_bytes()
    number = 0

    def click(where):
        with page.expect_navigation():
            where.click()

    while page.locator(".lines li:not([class])").count():
        if number == 1:
            page.locator(".reject summary").click()
            click(page.get_by_role("button", name="too incremental"))
        elif number == 2:
            page.get_by_label("Section", exact=True).select_option("Survey")
            click(page.locator("[name=act][value=star]"))
        else:
            click(page.locator("button.yes"))
        number += 1
    click(page.get_by_role("link", name="Preview the change"))
    click(page.locator("main button.yes"))
    assert before != workspace.listed.read_bytes()
    click(page.get_by_role("button", name="Undo last write"))

    assert before == workspace.listed.read_bytes()


@pytest.mark.long
def test_titles_are_text_whatever_they_say(opened, workspace):
    page = opened()
    titles = {work.title for work in world_of(workspace).store.works.all()}
    hostile = [title for title in titles if re.search(r"[<\]|\\$]", title)]
    assert len(hostile) >= 4

    tried = 0
    for shelf in ("week", "waiting", "near"):
        page.goto(f"{page.evaluate('location.origin')}/?shelf={shelf}")
        for title in hostile:
            line = page.locator(".lines a").filter(has_text=plain(title)[:30])
            if line.count():
                acted(page, line.first.click)
                assert plain(title) == heading(page)
                assert 1 == page.locator("script").count()
                assert 0 == page.locator("main b, main img").count()
                tried += 1
    assert tried >= 4


@pytest.mark.long
def test_a_field_keeps_its_letters(opened):
    """Single keys are letters while a field has the focus, and nothing else when switched off."""
    page = opened()
    there = heading(page)
    page.keyboard.press("e")
    page.keyboard.type("ajk1")
    assert there == heading(page)
    page.keyboard.press("Escape")

    press(page, "?")
    page.locator("#keys").uncheck()
    acted(page, page.get_by_role("link", name="Back to candidates").click)
    page.keyboard.press("a")
    page.keyboard.press("j")

    assert there == heading(page)


@pytest.mark.long
def test_the_back_button_and_a_stale_page_lose_nothing(opened):
    page = opened()
    first = heading(page)
    press(page, "a")
    acted(page, page.go_back)
    assert first == heading(page)
    assert "accepted by ada" in page.locator(".where").inner_text()

    other = opened()
    acted(page, lambda: page.locator(".lines li:not([class]) a").first.click())
    press(other, "a")
    press(page, "1")
    assert "You have already decided this" in page.locator("[role=alert]").inner_text()


VIEWS = (
    "/", "/?shelf=near", "/?kind=repository", "/write", "/help", "/item/none", "/charts",
    "/pictures", "/rules?section=Pruning&key=unless&word=prun*", "/rules?section=Nowhere&word=x",
)  # fmt: skip


@pytest.mark.long
def test_nothing_for_a_screen_reader_to_stumble_over(opened):
    """Axe finds nothing, on every view, in light and in dark."""
    from axe_playwright_python.sync_playwright import Axe

    page, axe = opened(), Axe()
    press(page, "a", "2")
    page.keyboard.press("r")
    seen = [violations(axe, page, "with reasons")]
    for path in VIEWS:
        # As our script goes there: what looks stays in the page and need not be loaded again.
        acted(page, lambda path=path: page.evaluate("path => show(path, {}, true)", path))
        seen.append(violations(axe, page, path))

    assert [] == [one for found in seen for one in found]


ONLY = "{resultTypes: ['violations']}"


def violations(axe, page, name):
    """
    In light everything is looked for; in dark the colours are all that differs.

    And on the smallest phone nothing sticks out.
    """
    page.emulate_media(color_scheme="light")
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe.axe_script)
    found = page.evaluate(f"axe.run({ONLY}).then((all) => all.violations)")
    page.emulate_media(color_scheme="dark")
    found += page.evaluate(
        f"axe.run({{...{ONLY}, runOnly: ['color-contrast']}}).then((all) => all.violations)"
    )
    told = [f"{name}: {one['id']} {one['nodes'][0]['target']}" for one in found]
    wide = page.viewport_size
    page.set_viewport_size(PHONE["viewport"])
    across = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size(wide)
    return told if across == 320 else [*told, f"{name}: is {across} wide on a phone"]


@pytest.mark.long
def test_nothing_jumps_at_a_decision(opened):
    """The line that says what was done has its place before and after, whatever it says."""
    page = opened()
    places = []
    for _ in range(3):
        box = page.locator(".where").bounding_box()
        places.append((box["y"], page.locator(".decided").bounding_box()["height"]))
        press(page, "a")

    assert 1 == len(set(places))
    undo = page.locator(".decided button").bounding_box()
    assert undo["height"] < 48


@pytest.mark.long
def test_the_keys_work_after_a_section_is_chosen(opened):
    """Enter in the list of sections leaves it."""
    page = opened()
    page.keyboard.press("s")
    page.keyboard.type("Survey")
    page.keyboard.press("Enter")

    press(page, "a")

    assert "Accepted into Survey" in page.locator("[role=status]").inner_text()


@pytest.mark.long
def test_not_for_us_and_back(opened):
    """One key rejects what is undecided, and one takes all of it back."""
    page = opened()
    press(page, "a")
    week = open_lines(page)

    press(page, "x")
    assert 0 == open_lines(page)
    assert "All candidates are decided" == heading(page)
    press(page, "u")

    assert week == open_lines(page)


@pytest.mark.long
def test_several_at_once(opened, workspace):
    page = opened()
    boxes = page.locator(".lines input[type=checkbox]")
    boxes.nth(1).check()
    boxes.nth(2).check()

    acted(page, lambda: page.get_by_role("button", name="Later").last.click())

    said = [one.act for one in world_of(workspace).store.decisions.all()]
    assert ["later", "later"] == said


@pytest.mark.long
def test_the_rules_stand_beside_the_candidate(opened):
    """The page stays, typing shows the effect, and Esc closes them."""
    page = opened()
    there, address = heading(page), page.url
    page.keyboard.press("c")
    page.locator("#panel input[name=word]").wait_for()

    page.keyboard.type("tokens")
    page.locator("#panel #moves").wait_for()
    assert (there, address) == (heading(page), page.url)
    for wide in (1280, 768, 360):
        page.set_viewport_size({"width": wide, "height": 900})
        panel = page.locator("#panel").bounding_box()["width"]
        assert 100 < page.locator("#panel input[name=word]").first.bounding_box()["width"]
        assert panel / 2 < page.locator("#panel dd").first.bounding_box()["width"], wide
    page.keyboard.press("Escape")

    assert page.locator("#panel").is_hidden()


@pytest.mark.long
def test_the_reasons_can_be_left(opened):
    page = opened()
    page.keyboard.press("r")

    page.get_by_role("button", name="Cancel").click()

    assert page.get_by_role("button", name="off topic").is_hidden()


@pytest.mark.long
def test_words_are_looked_for_on_all_shelves(opened):
    """A filter is applied as it is typed or ticked, without its button."""
    page = opened()
    title = heading(page)
    page.locator(".filter summary").click()
    page.locator("input[type=search]").fill(title)

    acted(page, lambda: page.keyboard.press("Enter"))

    assert [title] == page.locator(".lines b").all_inner_texts()


@pytest.mark.long
def test_a_note_stays_with_the_work(opened, workspace):
    page = opened()
    page.locator("input[name=note]").fill("ask Ben")
    acted(page, lambda: page.get_by_role("button", name="Save note").click())

    assert "ask Ben" == page.locator("input[name=note]").input_value()
    ((fact, _),) = world_of(workspace).store.facts.history("note")
    assert ("ask Ben", "ada") == (fact.value, fact.source)


@pytest.mark.long
def test_the_keyboard_leads_back_to_the_candidate(opened):
    """Esc, and the key that opened a page, go back to the very candidate."""
    page = opened()
    press(page, "j")
    there, address = heading(page), page.url

    for key in ("?", "w", "p"):
        for way in ("Escape", key):
            press(page, key)
            assert heading(page) != there
            press(page, way)
            assert (there, address) == (heading(page), page.url)
    press(page, "?")
    assert "go back to the candidate" in page.locator("main").inner_text()


@pytest.mark.long
def test_letters_in_the_reasons_are_words_of_ones_own(opened, workspace):
    """A letter that is a key elsewhere begins the words; Esc leaves, and forgets them."""
    page = opened()
    there = heading(page)
    page.keyboard.press("r")
    page.keyboard.type("extends a survey of 2021")
    box = page.locator(".words input")
    assert "extends a survey of 2021" == box.input_value()
    page.keyboard.press("Escape")
    assert (there, "") == (heading(page), box.input_value())
    assert box.is_hidden()

    page.keyboard.press("r")
    page.keyboard.type("extends")
    press(page, "Enter")
    press(page, "1")

    said = [one.reason for one in world_of(workspace).store.decisions.all()]
    assert ["extends", "off topic"] == said


@pytest.mark.long
def test_other_asks_for_words(opened, workspace):
    """The last reason puts the cursor into the box; Enter there rejects, with words or without."""
    page = opened()
    there = heading(page)
    assert page.locator("#refuse button").is_hidden()

    for told in ("for chips", ""):
        page.keyboard.press("7")
        assert "words" == page.evaluate("document.activeElement.name")
        page.keyboard.type(told)
        press(page, "Enter")

    assert there != heading(page)
    said = [one.reason for one in world_of(workspace).store.decisions.all()]
    assert ["for chips", "other"] == said
