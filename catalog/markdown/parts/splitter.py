"""
Splits the text of an entry into its parts: which piece is the title, and what the others are.

The title is the piece that looks most like one: under a column or word "Title", in a link to the
paper, bold or quoted, early, of several words. The other pieces keep the role they show by
themselves, or get one from their place: after the title, names before a venue before a remark.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from catalog.markdown.parts import EntryLink, EntryPart, Split
from catalog.markdown.parts.inline import Inline, InlineLink, read_inline
from catalog.markdown.parts.labels import Role
from catalog.markdown.parts.pieces import (
    Piece,
    date_of,
    is_name_of_venue,
    known_ends,
    read_pieces,
)
from catalog.markdown.parts.wording import (
    is_journal,
    is_venue,
    read_names,
    words,
)
from catalog.works import is_published, key_at
from config.patterns import lazy_regex

# Only so much of an entry is split (characters): a title doesn't stand below a page of text.
MAX_SPLIT_CHARS = 20_000
# What the heading of a column says of its cells.
_COLUMNS: dict[Role, str] = {
    "title": (
        r"(?:paper\s*)?titles?\b.*|(?:paper\s*)?(?:题目|标题|题名|论文)s?|論文(?:名|タイトル)?|タイトル|題名|제목|논문|"
        r"titre|título|titulo|titel|название"
    ),
    "authors": (r"(?:first\s*|1st\s*)?authors?|作者|著者|저자|auteurs?|autor(?:es|en)?|авторы?"),
    "date": (
        r"(?:publish(?:ed|ing)?|pub\.?|publication|release|submission)?\s*"
        r"(?:date|year|month|time)s?|日期|年份|时间|年月|年|日付|연도|날짜|année|año|jahr|год|released?"
    ),
    "venue": (
        r"venues?|conferences?|conf\.?|journals?|publications?|pub\.?|published\s*(?:in|at)?|"
        r"source|publisher|会议|会議|期刊|학회|发表|where|venue\s*[/&]\s*\w+|conf\.?/journal|publish(?:ed)?|from"
    ),
    "affiliation": (
        r"affiliations?|institut(?:ion|e)s?|organi[sz]ations?|orgs?\.?|company|teams?|labs?|机构"
    ),
    "label": (
        r"(?:codes?|github|repo(?:sitory)?|project(?:\s*page)?|links?|websites?|web|pdf|arxiv|url|"
        r"demo|homepage|paper\s*(?:link|url|pdf)s?|resources?|stars?|citations?|bib(?:tex)?|slides?|"
        r"video|checkpoints?|weights?|代码|链接|コード|実装|リンク|코드|링크|código|codigo|"
        r"enlaces?|liens?|код|ссылк[аи]|recom|recommend\w*|rating)s?"
    ),
    "remark": (
        r"notes?|comments?|descriptions?|summar(?:y|ies)|tl;?dr|highlights?|tasks?|keywords?|tags?|"
        r"remarks?|abstract|contributions?|takeaways?|domain|modality|category|type|备注|简介|"
        r"key\s*\w+|overview|idea|backbone|base\s*model|datasets?|benchmarks?|metrics?|size|params?|"
        r"license|architecture|training|setting|language"
    ),
    "nickname": (
        r"models?|methods?|names?|abbr\w*\.?|acronyms?|short\s*names?|systems?|nick\s*names?|"
        r"algorithms?|approach|工具|方法|模型"
    ),
}
_MARKER = lazy_regex(r"\s*[-*+]\s|\s*\d{1,3}[.)]\s")
_OPENING = ("***", "**", "__", "*", "_", "~~", "`")
_TITLE_STOP = lazy_regex(r"(?<![.])\.$|[。,;:]$")
_ENDS_IN_YEAR = lazy_regex(r".{2,80}?(?:\b(?:19|20)\d\d|['’]\d\d)\W*")
_MAX_VENUE_WORDS = 12
_MAX_SHORT_WORDS = 3
_NAMES_LAST = lazy_regex(r",\s+[^,]{2,40}\bet\.? al\b\W*\Z")
_ELIDED = lazy_regex(r"\bet\.? al\b|\.{3}|…")
_WORKPLACE = lazy_regex(
    r"universit|institut|college|academy|laborator|\blabs?\b|research|\binc\b|大学", re.IGNORECASE
)
_ARCHIVE = lazy_regex(r"\W*(?:arxiv|preprint|biorxiv|openreview)\W*", re.IGNORECASE)


def split(
    text: str,
    start: int,
    columns: Sequence[str] = (),
    references: Mapping[str, str] | None = None,
) -> Split:
    """The parts of an entry's text, of which the first ``start`` characters are its marker."""
    inline = read_inline(text[:MAX_SPLIT_CHARS], start, references)
    return _Splitter(inline, tuple(columns)).split()


@lru_cache(maxsize=256)
def roles_of(columns: tuple[str, ...]) -> tuple[Role, ...]:
    """What each column of a table shows, by its heading; empty where that is not said."""
    roles = [_role_of(column) for column in columns]
    if "title" not in roles and "" not in roles and "nickname" in roles:
        roles[roles.index("nickname")] = ""
    if "title" not in roles and "" not in roles and "remark" in roles:
        roles[roles.index("remark")] = ""
    return tuple(roles)


def _role_of(column: str) -> Role:
    name = re.sub(r"[*_`:&;]|<[^<>]*>|[^\w\s/&.;]", "", column).strip().casefold()
    return next((role for role, pattern in _COLUMNS.items() if re.fullmatch(pattern, name)), "")


class _Splitter:
    def __init__(self, inline: Inline, columns: tuple[str, ...]) -> None:
        self.inline = inline
        self.columns = roles_of(columns) if columns else ()
        self.pieces = read_pieces(inline)
        self.keys = [key_at(link.url) for link in inline.links]
        self.published = any(key and is_published(key) for key in self.keys)
        # The first words of a heading, and of a part that folds open, are its title.
        self.heading = re.match(r"\s*(?:#|<details\b)", inline.text, re.IGNORECASE) is not None
        self.first_link = min((link.start for link in inline.links), default=1 << 30)

    def split(self) -> Split:
        title = self._behind_nickname(self._title())
        rest = self._rest_of(title)
        roles = [found for found in self._roles(title) if found[0] is not rest]
        parts: dict[str, EntryPart] = {}
        for piece, role in roles:
            if role in ("authors", "venue", "date", "affiliation", "nickname", "remark"):
                parts.setdefault(role, self._part(piece, role))
        names = read_names(parts["authors"].value) if "authors" in parts else None
        shown = _names_in(parts["authors"].value) if "authors" in parts else ()
        return Split(
            title=self._with_rest(title, rest) if title else None,
            authors=parts.get("authors"),
            names=names.names if names else shown,
            elided=names.elided if names else False,
            date=self._date(parts.get("date")),
            venue=parts.get("venue"),
            nickname=parts.get("nickname"),
            affiliation=parts.get("affiliation"),
            links=tuple(self._links()),
            badges=tuple(
                EntryPart(picture.start, picture.end, picture.url)
                for picture in self.inline.pictures
                if not self._linked(picture)
            ),
            remark=parts.get("remark"),
        )

    def _part(self, piece: Piece, role: Role) -> EntryPart:
        if role == "remark":
            return EntryPart(piece.start, piece.end, piece.value)
        start, end = known_ends(self.inline, piece.start, piece.end)
        return EntryPart(start, end, self.inline.value(start, end))

    def _date(self, part: EntryPart | None) -> EntryPart | None:
        value = date_of(part.value) if part else None
        return EntryPart(part.start, part.end, value) if part and value else None

    def _column(self, piece: Piece) -> Role:
        number = piece.run.cell
        return self.columns[number] if 0 <= number < len(self.columns) else ""

    def _title(self) -> Piece | None:
        scored = [(self._score(piece), piece) for piece in self.pieces]
        scored = [(score, piece) for score, piece in scored if score > 0]
        if not scored:
            # "Memory, Attention and Planning" may look like names, "A Video Paper" like a label.
            likely = (piece for piece in self.pieces if self._may_be_title(piece))
            return self._without_names(next(likely, None))
        best = max(score for score, _ in scored)
        return next(piece for score, piece in scored if score == best)

    def _without_names(self, piece: Piece | None) -> Piece | None:
        """What looks like names and is all there is: "Synthesis and Learning, Poe et al."."""
        if piece is None or piece.role != "authors":
            return piece
        match = _NAMES_LAST.search(self.inline.shadow[piece.start : piece.end])
        if match is None or len(words(piece.value)) < _MAX_SHORT_WORDS + 2:
            return piece
        end = piece.start + match.start()
        return replace(piece, end=end, value=self.inline.value(piece.start, end))

    def _may_be_title(self, piece: Piece) -> bool:
        long_label = piece.role == "label" and piece.run.link is not None
        return piece.role == "authors" or (long_label and len(words(piece.value)) >= 3)

    def _score(self, piece: Piece) -> float:
        """How much a piece looks like the title; 0 and below for what is none."""
        column = self._column(piece) if self.columns else ""
        if (
            self.heading
            and piece.run.line == self.inline.runs[0].line
            and len(words(piece.value)) > _MAX_SHORT_WORDS
        ):
            return 100.0 + len(words(piece.value))
        if piece.role in ("label", "affiliation", "remark") or column not in (
            "",
            "title",
            "nickname",
        ):
            return 0
        score = 10.0 + min(len(words(piece.value)), 12)
        if piece.role in ("date", "venue", "authors"):
            if piece.role == "authors" and _ELIDED.search(piece.value):
                return 0
            if not self._is_titled_link(piece) and column != "title":
                return 0
            score -= 12
        score += 60 if column == "title" or piece.role == "title" or piece.quoted else 0
        score -= 30 if column == "nickname" else 0
        score += self._score_of_marks(piece)
        score -= 6 * min(piece.run.line, 4) + (8 if piece.tail else 0)
        return score - (4 if len(words(piece.value)) < 2 else 0)

    def _score_of_marks(self, piece: Piece) -> float:
        run, score = piece.run, 0.0
        if run.link is not None:
            key = self.keys[run.link]
            score += 30 if key and is_published(key) else 20
        if run.bold:
            # A short name in bold stands beside the title of a paper: "**QLoRA** | QLoRA: …".
            short = len(words(piece.value)) < 3 and run.link is None and self.published
            score += 4 if short else 14
        if run.italic and not run.bold:
            score -= 2
        if run.bracket:
            score -= 14 if run.link is None or len(words(piece.value)) > 3 else 45
        if piece.start < self.first_link or self._is_first(piece):
            score += 12
        if run.line and _MARKER.match(self.inline.text, self._line_start(piece.start)):
            score -= 12
        return score

    def _is_first(self, piece: Piece) -> bool:
        return next((other is piece for other in self.pieces if not other.role), False)

    def _line_start(self, at: int) -> int:
        return self.inline.text.rfind("\n", 0, at) + 1

    def _is_titled_link(self, piece: Piece) -> bool:
        run = piece.run
        if run.link is None and not run.bold:
            return False
        link = self.inline.links[run.link] if run.link is not None else None
        whole = link is None or self.inline.trimmed(*link.words) == (piece.start, piece.end)
        return whole and len(words(piece.value)) > 2

    def _roles(self, title: Piece | None) -> list[tuple[Piece, Role]]:
        roles: list[tuple[Piece, Role]] = []
        have: set[Role] = set()
        for piece in self.pieces:
            if piece is title:
                continue
            role = self._role(piece, title, have)
            if role not in have or role in ("label", ""):
                roles.append((piece, role))
            have.add(role)
        return roles

    def _role(self, piece: Piece, title: Piece | None, have: set[Role]) -> Role:
        column = self._column(piece) if self.columns else ""
        if piece.role == "venue" and piece.run.link is not None and not column:
            return self._of_linked_venue(piece, title)
        if piece.role and not (piece.role == "label" and column in ("nickname", "affiliation")):
            return "remark" if piece.role == "title" else piece.role
        if column and column != "title":
            return column
        if title is None:
            return "remark"
        after = piece.start > title.start
        if not after:
            return self._before(piece, title)
        if piece.run.link is not None:
            return "label"
        return self._after(piece, title, have)

    def _of_linked_venue(self, piece: Piece, title: Piece | None) -> Role:
        """Whether "[arXiv](…)" stands in the place of a venue, or is the label of a link."""
        other = any(
            venue.role == "venue" and not _ARCHIVE.fullmatch(venue.value) for venue in self.pieces
        )
        before = title is not None and piece.start < title.start and not other
        return "venue" if before or not _ARCHIVE.fullmatch(piece.value) else "label"

    def _before(self, piece: Piece, title: Piece) -> Role:
        """What stands before the title: a nickname in brackets or bold."""
        if piece.run.bracket and piece.run.link is not None:
            return "venue"
        linked = piece.run.link is not None
        near = piece.run.bracket or piece.run.bold or piece.run.code or linked
        return "nickname" if near and len(words(piece.value)) <= 8 else "remark"

    def _after(self, piece: Piece, title: Piece, have: set[Role]) -> Role:
        text = piece.value.strip(" .")
        names = read_names(text)
        if "authors" not in have:
            if piece.run.italic and not is_journal(text) and (names or "," in text):
                return "authors"
            sure = self._alone(piece) or self._behind_dash(piece)
            if names and (len(names.names) > 1 or names.elided or sure):
                return "authors"
            if piece.run.italic and len(words(text)) <= 6 and piece.run.line > title.run.line:
                return "authors"
        if "venue" not in have and not piece.run.bracket and self._is_venue(piece, text):
            return "venue"
        in_parens = self.inline.shadow[: piece.start].rstrip().endswith("(")
        if "affiliation" not in have and in_parens and _WORKPLACE.search(text):
            return "affiliation"
        return "remark"

    def _is_venue(self, piece: Piece, text: str) -> bool:
        short = len(words(text)) <= _MAX_VENUE_WORDS
        if not short:
            return False
        if (
            is_venue(text)
            or _ENDS_IN_YEAR.fullmatch(text)
            or (piece.run.italic and is_journal(text))
        ):
            return True
        return piece.run.line == self.pieces[0].run.line and is_name_of_venue(text)

    def _alone(self, piece: Piece) -> bool:
        """Whether the piece is all there is on its line, and has two words or more."""
        same = [other for other in self.pieces if other.run.line == piece.run.line]
        return len(same) == 1 and 2 <= len(words(piece.value)) <= 4

    def _behind_dash(self, piece: Piece) -> bool:
        """One name of two or three words after a dash or "by"."""
        before = self.inline.shadow[max(0, piece.start - 6) : piece.start].rstrip()
        marked = before.endswith(("-", "–", "—", "|", " by", "\nby"))
        return marked and 2 <= len(words(piece.value)) <= 3 and not is_venue(piece.value)

    def _rest_of(self, title: Piece | None) -> Piece | None:
        """What goes on after a short link and a colon: "[QLoRA](…): Efficient Finetuning"."""
        if title is None or title.run.link is None or len(words(title.value)) > _MAX_SHORT_WORDS:
            return None
        link = self.inline.links[title.run.link]
        following = next((piece for piece in self.pieces if piece.start >= link.end), None)
        if following is None or following.role or not self.published:
            return None
        between = self.inline.shadow[link.end : following.start].strip()
        return (
            following
            if between in (":", "\uff1a") and following.run.line == title.run.line
            else None
        )

    def _behind_nickname(self, title: Piece | None) -> Piece | None:
        """The title behind a link that is called by a name: "[QLoRA](…). QLoRA: Efficient …"."""
        if title is None or title.run.link is None or len(words(title.value)) > _MAX_SHORT_WORDS:
            return title
        link = self.inline.links[title.run.link]
        following = next((piece for piece in self.pieces if piece.start >= link.end), None)
        if following is None or following.role not in ("", "title") or not self.published:
            return title
        if following.run.line != title.run.line or len(words(following.value)) <= _MAX_SHORT_WORDS:
            return title
        between = self.inline.shadow[link.end : following.start].strip()
        said = following.value.casefold()
        again = said.startswith(title.value.casefold())
        long = between == "." and len(words(following.value)) > _MAX_SHORT_WORDS + 1
        return following if again or long else title

    def _with_rest(self, title: Piece, rest: Piece | None) -> EntryPart:
        part = self._balanced(title)
        if rest is None:
            return part
        following = self._balanced(rest)
        return EntryPart(part.start, following.end, f"{part.value}: {following.value}")

    def _balanced(self, title: Piece) -> EntryPart:
        """The title's place, with the mark before it that its inside closes; without a stop."""
        start, end = title.start, title.end
        stop = _TITLE_STOP.search(self.inline.shadow[start:end])
        if stop:
            end = start + stop.start()
            start, end = self.inline.trimmed(start, end)
        value = self.inline.value(start, end)
        inside = self.inline.text[start:end]
        for mark in _OPENING:
            before = self.inline.text[max(0, start - len(mark)) : start]
            if before == mark and inside.count(mark) % 2 and self.inline.hidden[start - 1]:
                return EntryPart(start - len(mark), end, value)
        return EntryPart(start, end, value)

    def _links(self) -> list[EntryLink]:
        found = []
        for link, key in zip(self.inline.links, self.keys, strict=True):
            start, end = self.inline.trimmed(*link.words)
            shown = self.inline.value(start, end) if start < end else ""
            label = EntryPart(start, end, shown) if shown else None
            image = next(
                (
                    picture.url
                    for picture in self.inline.pictures
                    if link.words[0] <= picture.start < link.words[1]
                ),
                None,
            )
            url = EntryPart(*link.target, link.url)
            found.append(EntryLink(link.start, link.end, label, url, key, image))
        return found

    def _linked(self, picture: InlineLink) -> bool:
        return any(link.words[0] <= picture.start < link.words[1] for link in self.inline.links)


def _names_in(text: str) -> tuple[str, ...]:
    """What stands between the commas, where not everything looks like a name."""
    return tuple(name for name in (piece.strip(" .") for piece in text.split(",")) if name)
