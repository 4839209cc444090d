"""Nobody but the person who started the page gets in, and nothing but its own forms is obeyed."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from output.review.app import Routes, routes
from output.review.guard import MAX_FORM_BYTES, Door
from output.review.model import Plan
from output.review.rules_trial import RuleBook
from output.review.statistics import Statistics
from tests.review.serving import TOKEN, serving

# Every address there is, of today and of tomorrow, by what it answers to.
ROUTES = [(method, one.path.replace("{id}", "x")) for one in routes(Routes(None, None))
          for method in one.methods]  # fmt: skip
READ = sorted({path for method, path in ROUTES if method == "GET"})
CHANGED = sorted({path for method, path in ROUTES if method == "POST"})
STATIC = ["/static/review.css", "/static/review.js", "/static/icon.svg"]


class EmptySession:
    """A session without works that records the calls that would change something."""

    user = "ada"

    def pace(self):
        return 0.0

    def questions(self):
        return ()

    def record(self):
        return ""

    def commit_command(self):
        return ""

    def rest_boxes(self):
        return ()

    def write_files(self):
        pass

    @property
    def now(self):
        return datetime(2024, 11, 15, tzinfo=UTC)

    def __init__(self):
        self.told = []

    def lines(self):
        return []

    def focus(self, work_id):
        return None

    def sources(self):
        return []

    def plans(self):
        return [Plan("A List", "list.md", "", 0, (), (), "t")]

    trial = SimpleNamespace(books=lambda: [RuleBook("A List", {"": {}, "One": {}})])

    def statistics(self):
        return Statistics((), (), ())

    def seen(self):
        return "0"

    def last_write(self):
        return None

    def notes(self, token):
        return [token]

    def undo(self, seen):
        self.told.append("undo")

    def apply(self, token):
        self.told.append(token)
        return ["written"]

    def undo_write(self, token):
        self.told.append("batch")
        return []


@pytest.fixture(scope="module")
def session():
    return EmptySession()


@pytest.fixture(scope="module")
def client(session):
    with serving(session) as client:
        yield client


def test_who_was_let_in_sees_the_page(client):
    answer = client.get("/")

    assert 200 == answer.status
    assert "Nothing to decide" in answer.text


def test_the_token_becomes_a_cookie_that_scripts_and_other_sites_do_not_get(client):
    answer = client.get(f"/?token={TOKEN}", cookie=None)

    assert (303, "/") == (answer.status, answer.headers["location"])
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_the_addresses_are_found():
    assert {"/", "/item/x", "/write", "/rules", "/charts", "/pictures", "/help"} == set(READ)
    changing = {"/item/x/decide", "/undo", "/several", "/write", "/write/undo", "/rules"}
    assert changing | {"/preview"} == set(CHANGED)


@pytest.mark.parametrize("path", [*READ, *STATIC, "/?token=wrong", "/help?token=" + TOKEN])
@pytest.mark.parametrize("cookie", [None, "listkeeper=x", "other=1; listkeeper-1=guess"])
def test_without_the_cookie_nothing_is_shown(client, path, cookie):
    answer = client.get(path, cookie=cookie)

    assert 403 == answer.status
    assert TOKEN not in answer.text


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "", "0.0.0.0:{port}"]
)
@pytest.mark.parametrize("path", [*READ, *STATIC])
def test_a_name_that_was_made_to_point_here_is_refused(client, host, path):
    """Also for reading: the cookie's name and the same address would be there."""
    assert 403 == client.get(path, host=host.format(port=client.door.port)).status


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]"])
def test_this_machine_has_three_names(client, name):
    assert 200 == client.get("/", host=f"{name}:{client.door.port}").status


@pytest.mark.parametrize("path", CHANGED)
@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "none"},
        {"sec_fetch_site": None},
        {"sec_fetch_site": None, "origin": "null"},
        {"sec_fetch_site": None, "origin": "http://evil.example"},
        {"sec_fetch_site": None, "origin": "http://127.0.0.1:1"},
        {"sec_fetch_site": "cross-site", "content_type": "text/plain"},
    ],
)
def test_what_another_site_sends_changes_nothing(client, session, path, headers):
    session.told.clear()

    assert 403 == client.post(path, {"token": "t"}, **headers).status
    assert [] == session.told


def test_an_old_browser_says_where_it_comes_from(client, session):
    session.told.clear()
    origin = f"http://127.0.0.1:{client.door.port}"

    assert 303 == client.post("/write", {"token": "t"}, sec_fetch_site=None, origin=origin).status
    assert ["t"] == session.told


def test_reading_changes_nothing(client, session):
    session.told.clear()

    for path in {*READ, *CHANGED}:
        client.get(path)
    assert [] == session.told


@pytest.mark.parametrize(
    "path",
    [
        "/item/%2e%2e%2fetc", "/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py",
        "//evil.example", "/%2f%2fevil.example", "/static//etc/passwd", "/nowhere",
    ],
)  # fmt: skip
def test_no_other_way_leads_anywhere(client, path):
    answer = client.get(path)

    assert answer.status in (404, 403)
    assert "evil.example" not in (answer.headers.get("location") or "")
    assert "make_app" not in answer.text


@pytest.mark.parametrize("path", CHANGED)
def test_a_body_that_no_form_has_is_refused(client, session, path):
    session.told.clear()

    assert 413 == client.post(path, b"token=" + b"x" * MAX_FORM_BYTES).status
    assert 413 == client.post(path, b"", content_length="99999999999999").status
    assert [] == session.told


@pytest.mark.parametrize("path", CHANGED)
def test_without_the_cookie_nothing_is_changed(client, session, path):
    session.told.clear()

    assert 403 == client.post(path, {"token": "t"}, cookie=None).status
    assert 403 == client.post(path, {"token": "t"}, host="evil.example").status
    assert [] == session.told


@pytest.mark.parametrize("path", [*READ, *STATIC, "/nowhere"])
def test_every_answer_forbids_what_the_page_does_not_need(client, path):
    headers = client.get(path).headers

    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "nosniff" == headers["x-content-type-options"]
    assert "no-store" == headers["cache-control"]
    assert "server" not in headers or "uvicorn" in headers["server"]


def test_a_refusal_has_the_same_headers(client):
    assert (
        "frame-ancestors 'none'" in client.get("/", cookie=None).headers["content-security-policy"]
    )


def test_an_ipv6_address_stands_in_brackets():
    """Without them its last group would be read as the port."""
    door = Door(8000, "secret", "::1")

    assert "http://[::1]:8000/?token=secret" == door.address
    assert "[::1]:8000" in door.hosts
