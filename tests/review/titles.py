"""Titles as nobody should write them: all that means something to a page, mixed by chance."""

import random
from html.parser import HTMLParser

PIECES = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onfocus='x",
    "</textarea><h1>",
    "</title>",
    "</style>",
    "-->",
    "<!--",
    "]]>",
    "&lt;b&gt;",
    "&amp;amp;",
    "&#x3c;i&#x3e;",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "${7*7}",
    "javascript:alert(1)",
    "](javascript:alert(1))",
    "![x](//evil)",
    "\\textbf{bold}",
    "$a<b$",
    "$x^{2",
    "\\\\",
    "`",
    "|",
    "@name",
    "#12",
    "https://evil.example/",
    "www.evil.example",
    "\u202eevil\u202c",
    "\u200b",
    "\u00ad",
    "\ufeff",
    "\U000e0041",
    "\x00",
    "\x1b[31m",
    "\r\n",
    "\u2028",
    "\t",
    "\ud800",
    "ﬁne",
    "аbc",
    "大模型",
    "🌟",
    "KV",
    "Cache",
    "Quantization",
    "of",
    "1.58-bit",
)


def titles(number, seed=7):
    chance = random.Random(seed)
    return [
        "".join(chance.choices((*PIECES, " ", " "), k=chance.randint(1, 12))) for _ in range(number)
    ]


class Seen(HTMLParser):
    """What a browser would make of a page: its elements, with attributes, and its text."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.elements, self.texts, self._open = [], {}, []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, *sorted(name for name, _ in attributes)))
        self._open.append(tag)
        self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag):
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data):
        for tag in {*self._open}:
            self.texts[tag][-1] += data


def structure(page):
    """What makes a page: its tags and quotes. Titles bring some in only where they are no text."""
    page = page.replace("<mark>", "").replace("</mark>", "")
    return {sign: page.count(sign) for sign in "<>\"'"}


def elements(page):
    return [one for one in Seen(page).elements if one[0] != "mark"]
