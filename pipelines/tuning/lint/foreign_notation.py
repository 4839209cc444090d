r"""
Finds words in the notation of another tool: ``imag(e|ing)``, ``a AND b``, ``of``.

All of them are allowed as text, so a run uses them; but what their writer meant never matches, or
nearly everything does. Each finding says what to write instead.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from config.errors import ConfigTrouble
from config.patterns import lazy_regex
from config.rules import ListRules
from pipelines.rules.fold import fold
from pipelines.tuning.lint.hints import place_in_words, placed_words
from pipelines.tuning.lint.translation import meant

# Words of grammar: one of them is in nearly every abstract.
GRAMMAR = frozenset(
    """
    a about after all also an and any are as at be been between both but by can do does each for
    from had has have he her his how if in into is it its may more most near no nor not of off on
    only or other our out over so some such than that the their them then there these they this
    those through to too under up upon us use used using very via was we were what when where
    which while who whose why will with within without you your
    """.split()  # noqa: SIM905
)
# What YAML elsewhere takes for nothing, true or false; NO and ON in capitals are words here.
NOT_TEXT = frozenset("~ null Null NULL true false True False yes Yes no No on On off Off".split())  # noqa: SIM905
# A star after fewer letters matches every other word.
MIN_STEM_LETTERS = 3
# From so many words on a question mark ends a question and stands for no letter.
MIN_QUESTION_WORDS = 3

NEAR_BY_ITSELF = lazy_regex(r"(?:^|\s)near(?=\s|$)")

PATTERN = "a word is text, not a pattern"
ENDINGS = "write each form as a word of its own, or the beginning and *"
OUT = "put  WORDS  under unless or not_in_title"


@dataclass(frozen=True, slots=True)
class Habit:
    """What is wrong with a word, and what to write instead."""

    matter: str
    do: str


@dataclass(frozen=True, slots=True)
class _Sign:
    """A sign that has another meaning elsewhere."""

    pattern: re.Pattern[str]
    matter: str
    do: str

    def of(self, word: str) -> Habit | None:
        match = self.pattern.search(word)
        if match is None:
            return None
        return Habit(self.matter.replace("SIGN", match[0].strip()), _instead(word, self.do))


def _instead(word: str, do: str) -> str:
    """What to write: the words that were probably meant, and else in general."""
    words = [one for one in meant(word) if not ANY_SIGN.search(one)]
    if not words:
        return do.replace("WORDS", "the words")
    named = ", ".join(words)
    return do.replace("WORDS", named) if "WORDS" in do else f"write  {named}"


def _sign(pattern: str, matter: str, do: str) -> _Sign:
    return _Sign(lazy_regex(pattern), matter, do)


# The first that is found is named.
SIGNS = (
    _sign(r"^/.*/[a-z]*$", f"is between slashes: {PATTERN}", "write the letters alone"),
    _sign(r"\|", f"has SIGN between two forms: {PATTERN}", ENDINGS),
    _sign(r"\\[A-Za-z]?", f"has SIGN: {PATTERN}", "leave it out"),
    _sign(r"^\^|\$$", f"has SIGN for its beginning or end: {PATTERN}",
          "write  WORDS  (for the title only under in_title or not_in_title)"),
    _sign(r"\.[*+?]", f"has SIGN for any letters: {PATTERN}", "write a * after the letters"),
    _sign(r"\{[^}]*\}|[{}]", f"has SIGN: {PATTERN}", ENDINGS),
    _sign(r"\[(?![A-Z]+\])[^\]]*\]?|(?<![A-Z])\]", f"has SIGN: {PATTERN}", ENDINGS),
    _sign(r"\(\?|\)[?*+]", f"has SIGN: {PATTERN}", ENDINGS),
    _sign(r"^[^()]*\)|\([^()]*$", "has half a pair of brackets", "leave it out"),
    _sign(r"[\^$%~](?=\d*$)|^[~%$]", "has SIGN, which has no meaning here", "leave it out"),
    _sign(r"^(?:ti|abs|au|cat|all|title|abstract|author):(?=\S)",
          "begins with SIGN but the key says where a word is looked for",
          "put  WORDS  under in_title or says"),
    _sign(r"\s(?i:near)[/:~]?\d+\s|\snear/\d*|\sNEAR\s|\s[Ww]/\d+\s",
          "has SIGN, but the distance is always six words", "write  a near b"),
    _sign(r"\s(?:AND|&&)\s|^(?:AND|&&)\s|\s(?:AND|&&)$",
          "has SIGN, which is looked for as it stands",
          "write  WORDS  if they are near each other, or use a section's beside"),
    _sign(r"\s(?:OR|\|\|)\s|^OR\s|\sOR$", "has SIGN, which is looked for as it stands",
          "write two words with a comma between them"),
    _sign(r"^(?:NOT|!)\s|\sNOT\s|^!", "has SIGN, which keeps nothing out", OUT),
    _sign(r"^-(?=\S)", "begins with -, which keeps nothing out", OUT),
    _sign(r"^\+(?=\S)", "begins with +, which demands nothing",
          "put  WORDS  under about or beside"),
    _sign("[“”„«»‘‚`´\"]|^[’']|[’']$", "has the quote SIGN in it", "leave it out"),
    _sign("[，、；：。]", "has SIGN, which is no comma here", "write  ,  between two words"),
    _sign(r",\s|[;,]$|;", "has SIGN in it, so it is one word and not two",
          "write words as  [one, two]  , or each on a line with a dash"),
    _sign("[\uff01-\uff5e\u3000]", "has the wide letter SIGN", "write it in plain letters"),
    _sign(r"\.{2,}$|…", "has SIGN, which is looked for as it stands", "write  *  for any ending"),
    _sign(r"(?<![A-Z.])(?<!\bal)(?<!\betc)(?<!\bvs)[.!:]$",
          "ends with SIGN, which is part of the word", "leave it out"),
    _sign(r"\s#|^#", "has SIGN in it", "leave it out"),
)  # fmt: skip


# One search instead of twenty: nearly no word has a sign.
ANY_SIGN = lazy_regex("|".join(f"(?:{sign.pattern.pattern})" for sign in SIGNS))


def habit(word: str) -> Habit | None:
    """What is wrong with a word, if anything is."""
    signs = SIGNS if ANY_SIGN.search(word) else ()
    for judge in (*(sign.of for sign in signs), *OF_WORDS):
        found = judge(word)
        if found:
            return found
    return None


def _question(word: str) -> Habit | None:
    parts = word.split()
    ends = word.endswith("?") and word.count("?") == 1 and len(parts) >= MIN_QUESTION_WORDS
    if "?" not in word or ends:
        return None
    return Habit("has ?, which stands for itself and for no other letter", _instead(word, ENDINGS))


def _near(word: str) -> Habit | None:
    sides = NEAR_BY_ITSELF.split(word)
    if len(sides) < 2 or all(fold(side).text.strip(" *") for side in sides):
        return None
    alone = " ".join(" ".join(sides).split())
    do = f"write  {alone}  alone, or  {alone} near another" if alone else "write  a near b"
    return Habit('has "near" without a word on each side of it', do)


def _grammar(word: str) -> Habit | None:
    for side in word.split(" near "):
        parts = fold(side).text.split()
        # In capitals it is a name: NO is nitric oxide, IT information technology.
        if parts and all(part.lower() in GRAMMAR and not part.isupper() for part in parts):
            matter = "is in nearly every text"
            return Habit(
                matter if side == word else f'has "{side}", which {matter}',
                "write a word that only this topic has",
            )
    return None


def _stem(word: str) -> Habit | None:
    if "*" not in word:
        return None
    for part in fold(word).text.split():
        letters = part.rstrip("*")
        short = len(letters) < MIN_STEM_LETTERS or letters in GRAMMAR
        if part != letters and letters.islower() and short:
            return Habit(
                f'has "{part}", which matches every word that begins with "{letters}"',
                "write more letters before the *",
            )
    return None


OF_WORDS: Sequence[Callable[[str], Habit | None]] = (_question, _near, _grammar, _stem)


def habits(rules: ListRules) -> Iterator[ConfigTrouble]:
    """Every word of a list in the notation of another tool, with its line."""
    for place, _, word in placed_words(rules):
        bare = word in NOT_TEXT and not rules.is_quoted(*place)
        found = _no_text(word) if bare else habit(word)
        if found:
            yield _trouble(rules, place, f'"{word}" {found.matter}', found.do)
    for place, remark in rules.glued_remarks:
        matter = f'YAML takes "{remark}" for a remark, and it is no part of the word'
        do = 'put the whole word in quotes; a remark begins with "# "'
        yield _trouble(rules, place, matter, do)
    if rules.digests in NOT_TEXT:
        yield _trouble(
            rules, ("digests",), f'"{rules.digests}" is a folder here', "remove the line"
        )


def _no_text(word: str) -> Habit:
    return Habit("is text here, and a word like any other", f'remove it, or write  "{word}"')


def _trouble(rules: ListRules, place: tuple[str | int, ...], matter: str, do: str) -> ConfigTrouble:
    key = place_in_words(rules, *place)
    return ConfigTrouble(rules.path, matter, do, line=rules.line(*place), key=key)
