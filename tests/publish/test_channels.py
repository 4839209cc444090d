"""Chat, site, heartbeats, metrics, on real servers of this machine; and all channels together."""

import json
import re
from datetime import timedelta

import feedparser
import pytest
from prometheus_client.parser import text_string_to_metric_families

from output.publish.channels.week import CHAT_BYTES, Week, week_of_list
from tests.publish.channels import WEEK, configure, publish, told
from tests.publish.mailbox import READERS, Mailbox, mail, mail_server
from tests.publish.sink import Sink
from tests.review.browser import chromium
from tests.review.week import NOW
from tests.workspace import LIST, REPOSITORY


def test_a_chat_hears_of_the_week_once(listed, monkeypatch):
    sink = Sink()
    with sink.open() as port:
        monkeypatch.setenv("LISTKEEPER_CHAT", f"json://127.0.0.1:{port}/hook")
        configure(listed, "chat: [LISTKEEPER_CHAT]\nrepository: octocat/list\n")
        sink.status = 500
        failed = publish(listed, "chat")
        sink.status = 200
        first, again = publish(listed, "chat"), publish(listed, "chat")

    assert (75, 0, 0) == (failed.code, first.code, again.code)
    assert 2 == len(sink.got)
    message = json.loads(sink.got[1][1])["message"]
    assert len(message.encode()) <= CHAT_BYTES
    assert message.splitlines()[-1].startswith("https://github.com/octocat/list/blob/HEAD/digests/")
    assert "127.0.0.1" not in failed.out + failed.err


def test_titles_do_nothing_in_a_chat(with_week):
    """Nobody is mentioned, nothing is a link, whatever a title holds."""
    from dataclasses import replace

    from cli.options import make_workspace

    world = make_workspace(config=str(with_week.root / "config"), as_of=NOW.isoformat())
    week = week_of_list(world.store, "Efficient LLM", WEEK)
    title = "<!channel> @everyone [x](https://evil.example) www.evil.example `a` #1 \r\n<@U1>" * 9
    items = (replace(week.candidates[0], title=title),)
    text = Week("A <b> @list", WEEK, replace(week.digest, candidates=items), (), "").chat()

    assert [] == [sign for sign in "<>@[]`#*_&\r" if sign in text]
    assert "://" not in text
    assert "www." not in text
    assert 2 == len(text.splitlines())


def test_the_watcher_hears_how_the_job_ended(listed, monkeypatch):
    """75 is only logged; a watcher that fails is later tried, and its address stays unsaid."""
    from cli.options import make_workspace
    from output.publish.channels.stage import ping_end

    sink = Sink()
    configure(listed, "ping: LISTKEEPER_PING\n")
    with sink.open() as port:
        monkeypatch.setenv("LISTKEEPER_PING", f"http://127.0.0.1:{port}/secret-path/")
        world = make_workspace(config=str(listed.root / "config"), as_of=NOW.isoformat())
        for code in (0, 1, 75):
            assert "sent" == ping_end(world.config_dir, world.environment, code, "ci daily").word
        sink.status = 404
        ended = publish(listed, "ping")

    assert ["0", "1", "log"] == [path.rpartition("/")[2] for path, _ in sink.got[:3]]
    assert 75 == ended.code
    assert "the watcher answers 404" in told(ended)
    assert "secret-path" not in ended.out + ended.err


@pytest.mark.long
def test_scheduled_jobs_tell_the_watcher_how_they_ended(listed, monkeypatch, capsys):
    """The daemon and cron's line do; a watcher that fails changes no exit code."""
    from cli.schedule import start

    sink = Sink()
    configure(listed, "ping: LISTKEEPER_PING\n")
    folders = ["--config", str(listed.root / "config"), "--state", str(listed.root / "elsewhere")]
    with sink.open() as port:
        monkeypatch.setenv("LISTKEEPER_PING", f"http://127.0.0.1:{port}/secret")
        first = start(["status", *folders], str(listed.root))
        second = start(["no-such-command", *folders], str(listed.root))
        sink.status = 500
        third = start(["status", *folders], str(listed.root))

    assert [0, 2, 0] == [first, second, third]
    assert ["/secret/0", "/secret/2", "/secret/0"] == [path for path, _ in sink.got]
    assert "ping: LISTKEEPER_PING: the watcher answers 500" in capsys.readouterr().err


def test_the_metrics_can_be_read(listed):
    configure(listed, "metrics: { file: listkeeper.prom }\n")
    assert 0 == publish(listed, "metrics").code

    text = (listed.root / "listkeeper.prom").read_text()
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found[("listkeeper_candidates_open", "Efficient LLM")] > 10
    assert -1 == found[("listkeeper_days_since_decision", "Efficient LLM")]


def test_the_site_is_the_same_the_second_time(listed):
    configure(listed, "site: { folder: _site }\n")
    first, again = publish(listed, "site"), publish(listed)

    assert (0, 0) == (first.code, again.code)
    assert "_site/ is as it should be" in told(again)
    for kind in ("candidates", "accepted"):
        read = feedparser.parse((listed.root / "_site/efficient-llm" / f"{kind}.atom").read_bytes())
        assert not read.bozo


def test_links_lead_to_a_list_whose_name_is_odd(listed):
    """A blank ends an address in a chat, and what is behind # and ? never reaches a server."""
    rules = listed.root / "config" / "lists" / "efficient-llm.yaml"
    rules.write_text(rules.read_text().replace(LIST, "'lists/my list #1?.md'"))
    listed.listed.rename(listed.root / "lists" / "my list #1?.md")
    (listed.root / "site").mkdir()
    quoted = "my%20list%20%231%3F"
    configure(listed, "site: {}\nrepository: octocat/list\nchat: [LISTKEEPER_CHAT]\n")
    said = told(publish(listed, "chat", "--dry-run"))
    configure(listed, "site: {url: 'https://x.example'}\nchat: [LISTKEEPER_CHAT]\n")
    there = told(publish(listed, "chat", "--dry-run"))
    assert 0 == publish(listed, "site").code
    pages = [(listed.root / "_site" / name).read_text() for name in ("index.html", "search.html")]

    assert "https://github.com/octocat/list/blob/HEAD/digests/" in said
    assert " " not in said.splitlines()[-1].strip()
    assert f"https://x.example/{quoted}/{WEEK}.html" == there.splitlines()[-1]
    for page in pages:
        assert f'href="{quoted}/{WEEK}.html"' in page
        assert 'href="my ' not in page


@pytest.mark.long
def test_the_site_can_be_read_without_a_script_and_searched_with_one(listed):
    """In Chromium, from the folder itself; axe finds nothing, and no title does anything."""
    from axe_playwright_python.sync_playwright import Axe

    publish(configure(listed, "site: {}\n"), "site")
    site = (listed.root / "_site").as_uri()
    with chromium() as browser:
        bare = browser.new_context(java_script_enabled=False).new_page()
        bare.goto(f"{site}/search.html")
        rows = bare.locator("#rows > li").count()
        assert rows > 10
        assert not bare.locator("#words").is_visible()

        page, wrong = browser.new_page(), []
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        found = {}
        for name in ("index.html", "search.html", f"efficient-llm/{WEEK}.html"):
            page.goto(f"{site}/{name}")
            answer = Axe().run(page, options={"resultTypes": ["violations"]})
            found[name] = [one["id"] for one in answer.response["violations"]]
        page.goto(f"{site}/index.html")
        drawn = [
            page.locator(f".chart {kind}").first.evaluate("one => getComputedStyle(one).fill")
            for kind in ("rect", "text")
        ]
        page.goto(f"{site}/search.html")
        page.fill("#words", "javascript")
        shown = page.locator("#rows > li:visible").count()

    assert {"index.html": [], "search.html": [], f"efficient-llm/{WEEK}.html": []} == found
    assert [] == wrong
    assert "rgb(0, 0, 0)" not in drawn, "black cannot be seen on a dark page"
    assert 0 < shown < rows


def test_one_channel_that_fails_stops_no_other(listed, monkeypatch):
    monkeypatch.delenv("LISTKEEPER_CHAT", raising=False)
    box = Mailbox()
    with mail_server(box) as port:
        configure(listed, mail(port) + "chat: [LISTKEEPER_CHAT]\nsite: {}\n")
        ended = publish(listed)

    assert 2 == ended.code
    assert "LISTKEEPER_CHAT: is not set" in told(ended)
    assert 2 == len(box.letters)
    assert (listed.root / "_site" / "index.html").is_file()


def test_a_dry_run_shows_and_sends_nothing(listed, monkeypatch):
    box, sink = Mailbox(), Sink()
    with mail_server(box) as port, sink.open() as web:
        monkeypatch.setenv("LISTKEEPER_CHAT", f"json://127.0.0.1:{web}/hook")
        more = "chat: [LISTKEEPER_CHAT]\nsite: {}\nmetrics: { file: a.prom }\n"
        configure(listed, mail(port) + more)
        ended = publish(listed, "--dry-run")

    assert 0 == ended.code
    assert ([], []) == (box.letters, sink.got)
    assert not (listed.root / "_site").exists()
    assert not (listed.root / "a.prom").exists()
    for words in ("would send to 2 readers", "would say in LISTKEEPER_CHAT", "would write 8 files"):
        assert words in told(ended)


def test_a_fork_tells_nobody(listed, monkeypatch):
    """Without a repository in the file every place is the right one."""
    monkeypatch.setenv("GITHUB_REPOSITORY", "someone/list")
    ours = publish(configure(listed, "site: { folder: ours }\n"), "site")
    fork = publish(configure(listed, "site: { folder: fork }\nrepository: ada/list\n"), "site")

    assert (0, 0) == (ours.code, fork.code)
    assert (listed.root / "ours").is_dir()
    assert not (listed.root / "fork").exists()


def test_a_dry_run_without_settings_says_so(listed):
    ended = publish(listed, "--dry-run")

    assert 0 == ended.code
    assert "no publish.yaml in config/: nothing is published" in told(ended)
    rehearsed = told(publish(listed, "pr", "--dry-run"))
    assert "no requests that write" in rehearsed
    assert "none of them made:" not in rehearsed


def test_mail_and_chat_wait_for_their_day(listed):
    box = Mailbox()
    with mail_server(box) as port:
        configure(listed, mail(port))
        (listed.root / "config" / "publish.yaml").write_text(f"on: sat\n{mail(port)}")
        ended = publish(listed)

    assert 0 == ended.code
    assert "mail: goes out on sat" in told(ended)
    assert [] == box.letters


@pytest.mark.long
def test_what_its_day_could_not_send_the_next_days_do(listed, monkeypatch):
    """Each channel fails on Friday in its turn; by Sunday everybody has heard once."""
    box, sink = Mailbox(), Sink()
    box.answers, sink.status = {READERS[0]: "450 greylisted"}, 503
    codes = []
    with mail_server(box) as port, sink.open() as web:
        monkeypatch.setenv("LISTKEEPER_CHAT", f"json://127.0.0.1:{web}/hook")
        configure(listed, mail(port) + "chat: [LISTKEEPER_CHAT]\nsite: {}\n")
        for day in range(7):
            if day == 1:
                box.answers = {}
            if day == 2:
                sink.status = 200
            at = NOW + timedelta(days=day)
            codes.append(listed.run("publish", "--json", as_of=at).code)

    assert [75, 75, 0, 0, 0, 0, 0] == codes
    assert [READERS[1], READERS[0]] == [letter["To"] for letter in box.letters]
    assert all(WEEK in letter["Subject"] for letter in box.letters)
    assert 3 == len(sink.got)
    assert (listed.root / "_site" / "index.html").is_file()


def test_a_day_without_a_run_is_made_up_for(listed):
    """A scheduler drops a start now and then, and nobody would hear of it."""
    box = Mailbox()
    with mail_server(box) as port:
        (listed.root / "config" / "publish.yaml").write_text(f"on: tue\n{mail(port)}")
        codes = [publish(listed).code, publish(listed).code]

    assert [0, 0] == codes
    assert READERS == [letter["To"] for letter in box.letters]


def test_doctor_sends_a_test_message(listed, monkeypatch):
    box, sink = Mailbox(), Sink()
    with mail_server(box) as port, sink.open() as web:
        monkeypatch.setenv("LISTKEEPER_CHAT", f"json://127.0.0.1:{web}/hook")
        monkeypatch.setenv("LISTKEEPER_PING", f"http://127.0.0.1:{web}/ping")
        more = "chat: [LISTKEEPER_CHAT]\nping: LISTKEEPER_PING\nmetrics: { file: none/a.prom }\n"
        configure(listed, mail(port) + more)
        ended = listed.run("doctor", "--publish", "--json", as_of=NOW)

    found = {(one["what"], one["is" if "is" in one else "level"]) for one in ended.report}
    assert 1 == ended.code
    for what, level in (("mail", "ok"), ("chat", "ok"), ("ping", "ok"), ("metrics", "wrong")):
        assert (f"publish {what}", level) in found
    assert "this chat will hear of each week's candidates" in sink.got[0][1]
    assert 2 == len(box.letters)
    assert {"/hook", "/ping/log"} == {path for path, _ in sink.got}
    assert 0 == publish(listed, "chat", "--dry-run").code


SECRETS = (
    "chat: [https://hooks.slack.com/services/T0/B0/x]",
    "chat: https://hooks.slack.com/services/T0/B0/x",
    "repository: https://ada:open-sesame@github.com/ada/list",
    "https://hooks.slack.com/services/T0/B0/x: 1",
    "ping: https://hc-ping.com/0000",
    "mail: { to: [a@b.example], host: h.example, from: a@b.example, password: x }",
    "mail: { to: [a@b.example], host: h.example, security: none, from: a@b.example }",
    'mail: { to: ["a@b.example\\r\\nBcc: c@d.example"], host: h.example, from: a@b.example }',
    "site: { url: 'https://ada:open-sesame@list.example' }",
    "metrics: { file: a.txt }",
)


@pytest.mark.parametrize("line", SECRETS)
def test_what_must_not_stand_in_the_file_is_refused_with_its_line(listed, line):
    ended = publish(configure(listed, f"{line}\n"))

    assert 2 == ended.code
    assert "publish.yaml:2" in ended.err
    assert "hooks.slack.com" not in ended.err
    assert "open-sesame" not in ended.err


def test_every_command_of_the_guide_runs(listed, monkeypatch):
    """With the settings that it shows; nobody is written to on another day."""
    guide = (REPOSITORY / "docs" / "channels.md").read_text()
    (settings,) = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    settings = settings.replace("on: mon", "on: sat")
    (listed.root / "config" / "publish.yaml").write_text(settings)
    commands = re.findall(r"^\$ listkeeper (.+)$", guide, re.MULTILINE)

    assert len(commands) > 4
    assert [] == [line for line in commands if listed.run(*line.split(), as_of=NOW).code]


def test_a_channel_that_is_not_configured_is_a_mistake(listed):
    ended = publish(configure(listed, "site: {}\n"), "mail")

    assert 2 == ended.code
    assert "publish.yaml does not say where mail goes" in ended.err
