"""Whom we may ask: the configured hosts over https, and nobody behind them."""

import pytest

from crawler.hosts import Hosts, is_private_name, is_public

HOSTS = Hosts.of(
    [
        "https://rss.arxiv.org",
        "https://export.arxiv.org",
        "https://API.SemanticScholar.org/graph",
        "http://127.0.0.1:8123",
    ]
)


def test_configured_addresses_are_split_by_where_they_lead():
    """A public host is allowed by its name, this machine only with the port that was named."""
    names = {"rss.arxiv.org", "export.arxiv.org", "api.semanticscholar.org"}

    assert Hosts(frozenset(names), frozenset({"127.0.0.1:8123"})) == HOSTS
    assert {"127.0.0.1"} == HOSTS.local_names


@pytest.mark.parametrize(
    "url",
    [
        "https://rss.arxiv.org/rss/cs.CL+cs.LG",
        "https://RSS.arXiv.org:443/rss/cs.CL",
        "https://export.arxiv.org/api/query?id_list=2411.04965",
        "http://127.0.0.1:8123/rss/cs.CL",
    ],
)
def test_configured_hosts_may_be_asked(url):
    """In any letter case, and on their own port."""
    assert HOSTS.refusal(url) is None


OTHER, PLAIN, USER = "is not among the configured hosts", "is not https", "carries a user name"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://rss.arxiv.org/rss/cs.CL", PLAIN),
        ("https://arxiv.org/rss/cs.CL", OTHER),
        ("https://rss.arxiv.org.evil.example/", OTHER),
        ("https://evil-rss.arxiv.org/", OTHER),
        ("https://rss.arxiv.org:8443/", OTHER),
        ("https://rss.arxiv.org./", OTHER),
        ("https://rss.arxiv.org@evil.example/", USER),
        ("https://me:pass@rss.arxiv.org/", USER),
        ("http://127.0.0.1/", PLAIN),
        ("http://127.0.0.1:8124/", PLAIN),
        ("https://127.0.0.1/", OTHER),
        ("http://127.0.0.2:8123/private", PLAIN),
        ("https://127.0.0.2/private", OTHER),
        ("https://[::1]/", OTHER),
        ("https://10.1.2.3/", OTHER),
        ("https://192.168.0.1/", OTHER),
        ("http://169.254.169.254/latest/meta-data/", PLAIN),
        ("https://169.254.169.254/latest/meta-data/", OTHER),
        ("https://100.64.0.1/", OTHER),
        ("https://[::ffff:127.0.0.1]/", OTHER),
        ("https://[::ffff:7f00:1]/", OTHER),
        ("https://2130706433/", OTHER),
        ("https://0177.0.0.1/", OTHER),
        ("https://0x7f.1/", OTHER),
        ("https://127.1/", OTHER),
        ("https://localhost/", OTHER),
        ("https://localhost./", OTHER),
        ("http://localhost:8123/", PLAIN),
        ("file:///etc/passwd", PLAIN),
        ("file://127.0.0.1:8123/etc/passwd", PLAIN),
        ("ftp://127.0.0.1:8123/", PLAIN),
        ("data:text/xml,<rss/>", PLAIN),
        ("s3://bucket/key", PLAIN),
        ("javascript:alert(1)", PLAIN),
        ("//rss.arxiv.org/", PLAIN),
        ("/rss/cs.CL", PLAIN),
        ("", PLAIN),
        ("https://", OTHER),
        ("https://rss.arxiv.org:port/", "is no address"),
        ("https://[::1/", "is no address"),
    ],
)
def test_anything_else_is_refused_with_the_reason(url, reason):
    """Start requests and redirects meet the same question."""
    assert reason in (HOSTS.refusal(url) or "allowed")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("151.101.3.42", True),
        ("2a04:4e42::42", True),
        ("127.0.0.1", False),
        ("127.255.0.9", False),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("192.0.2.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:151.101.3.42", True),
    ],
)
def test_an_address_is_of_the_internet_or_not(address, public):
    """IPv4 within IPv6 counts as the IPv4 address that it is."""
    assert public == is_public(address)


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("localhost", True),
        ("sandbox.localhost", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("151.101.3.42", False),
        ("rss.arxiv.org", False),
        ("localhost.example", False),
    ],
)
def test_a_name_of_this_machine_is_known(host, private):
    """Only these may be asked without https, and only where the configuration names them."""
    assert private == is_private_name(host)
