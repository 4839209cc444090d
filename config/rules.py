"""
The model of a rules file (``config/lists/*.yaml``): the list file, its sections and their words.

``docs/rules.md`` explains the language to its users. ``rules_schema`` gives the same shape as JSON
Schema for editors; a copy is in ``rules.schema.json``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from config.errors import ConfigTrouble
from config.form import FORM_SCHEMA, PLAZA, AnyForm
from config.plain_files import read_file
from config.strict import Check, Described, Limits, Unread
from config.validation import Mistake, Wrong, did_you_mean
from config.words import Words
from config.yaml_reader import Doc, load, understand

MAX_RULE_WORDS = 2_000
# The folder of digests, unless the list names another.
DIGESTS = "digests"

DRAFT = "http://json-schema.org/draft-07/schema#"

Name = Annotated[str, Limits(min_length=1, max_length=80)]
Titles = tuple[Annotated[str, Limits(min_length=1, max_length=500)], ...]

LIST_KEYS = ("about", "unless", "not_in_title", "helps", "neighbours")
KEYS = ("says", "in_title", "hints", "beside", "unless", "not_in_title")


@dataclass(frozen=True, kw_only=True)
class Section:
    """One section of the list and its words."""

    name: Annotated[Name, Described("The heading in the list, letter by letter.")]
    says: Annotated[
        Words,
        Described(
            "One of these is enough, wherever it stands. Take words that are used for nothing else."
        ),
    ] = ()
    in_title: Annotated[
        Words, Described("One of these is enough in the title. In the abstract it is a hint.")
    ] = ()
    hints: Annotated[
        Words, Described("Grey words: two different ones together are enough; one alone never is.")
    ] = ()
    beside: Annotated[
        Words, Described("in_title and hints count only when one of these words is there too.")
    ] = ()
    unless: Annotated[
        Words, Described("With one of these a paper does not come here, whatever else it says.")
    ] = ()
    not_in_title: Annotated[
        Words, Described("With one of these in its title a paper does not come here.")
    ] = ()
    over: Annotated[
        tuple[Name, ...],
        Limits(min_length=1),
        Described("Sections that give way to this one when a paper fits both."),
    ] = ()
    examples: Annotated[
        Titles, Described("Titles that belong here; `listkeeper rules check` tries them.")
    ] = ()
    lookalikes: Annotated[
        Titles, Described("Titles that must not come here, though they look like it.")
    ] = ()

    @property
    def words(self) -> Iterator[tuple[str, int, str]]:
        """Every word with its key and position."""
        for key in KEYS:
            for position, word in enumerate(getattr(self, key)):
                yield key, position, word


def _inside(text: str) -> str:
    if Path(text).is_absolute() or ".." in Path(text).parts or "\\" in text or not text.strip():
        raise Wrong(
            "must be a path inside the folder that holds config/",
            "write it from there, like  lists/my-list.md",
        )
    return text


RelativePath = Annotated[str, Check(_inside)]


@dataclass(frozen=True, kw_only=True)
class ListRules:
    """The rules of one list: its sections in order, and the words a work must and must not say."""

    list: Annotated[Name, Described("The name of the list, as `--list` takes it.")]
    file: Annotated[
        RelativePath,
        Described("The Markdown file that is kept, from the folder that holds config/."),
    ]
    digests: Annotated[
        RelativePath | None, Described("The folder of the digests, if not digests/.")
    ] = None
    form: Annotated[
        AnyForm,
        Described(
            "How an entry looks: plaza, none for a list that is never written, or a template."
        ),
    ] = PLAZA
    about: Annotated[Words, Described("A paper must say one of these at all.")] = ()
    unless: Annotated[
        Words, Described("With one of these a paper is not for this list, whatever else it says.")
    ] = ()
    not_in_title: Annotated[
        Words, Described("With one of these in its title a paper is not for this list.")
    ] = ()
    helps: Annotated[
        Words,
        Described(
            "Words of the field. A paper with them stands further up; one whose title has none is"
            " not let in for a word of its abstract alone."
        ),
    ] = ()
    neighbours: Annotated[
        Words,
        Described(
            "Words of fields close by. A paper with one in its title stands further down, and one"
            " word of in_title is not enough there."
        ),
    ] = ()
    sections: Annotated[
        tuple[Section, ...],
        Limits(min_length=1),
        Described("The sections, in the order of the list."),
    ]

    _doc: Annotated[Doc | None, Unread()] = field(default=None, repr=False)

    def mistakes(self) -> Iterator[Mistake]:
        """Contradictions between the parts of the file."""
        yield from self._too_many()
        yield from self._same_name()
        for index, section in enumerate(self.sections):
            yield from self._unknown_over(index, section)
            yield from _twice(index, section)
        yield from self._circle()
        if not (self.form.is_plaza or self.form.is_read_only):
            yield from self.form.mistakes(("form",))

    @property
    def path(self) -> Path:
        """The rules file."""
        return self._doc.path if self._doc else Path("config/lists")

    def line(self, *where: str | int) -> int:
        """The line of a part, like ``line("sections", 3, "says")``; 0 when not from a file."""
        return self._doc.line(where) if self._doc else 0

    def is_quoted(self, *where: str | int) -> bool:
        """Whether a part is in quotes in its file."""
        return self._doc is not None and where in self._doc.quoted

    @property
    def glued_remarks(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Remarks of the file that begin right after their #, with the place before them."""
        yield from self._doc.glued.items() if self._doc else ()

    @property
    def count(self) -> int:
        """How many words there are."""
        inside = sum(1 for section in self.sections for _ in section.words)
        return sum(len(getattr(self, key)) for key in LIST_KEYS) + inside

    def _too_many(self) -> Iterator[Mistake]:
        if self.count > MAX_RULE_WORDS:
            yield Mistake(
                (), f"has {self.count:,} words, more than {MAX_RULE_WORDS:,}", "use * for endings"
            )

    def _same_name(self) -> Iterator[Mistake]:
        seen: set[str] = set()
        for index, section in enumerate(self.sections):
            if section.name.casefold() in seen:
                where = ("sections", index, "name")
                yield Mistake(where, f'a second section "{section.name}"', "join the two")
            seen.add(section.name.casefold())

    def _unknown_over(self, index: int, section: Section) -> Iterator[Mistake]:
        names = [candidate.name for candidate in self.sections if candidate is not section]
        for position, name in enumerate(section.over):
            if name not in names:
                matter = f'no other section is called "{name}"'
                where = ("sections", index, "over", position)
                yield Mistake(where, matter, did_you_mean(name, names))

    def _circle(self) -> Iterator[Mistake]:
        over = {section.name: set(section.over) for section in self.sections}
        for index, section in enumerate(self.sections):
            if section.name in _reached(over, section.name):
                where = ("sections", index, "over")
                matter = (
                    f"{section.name} has priority over itself, through {', '.join(section.over)}"
                )
                yield Mistake(where, matter, "remove one of them from `over`")
                return


def _twice(index: int, section: Section) -> Iterator[Mistake]:
    seen: dict[str, str] = {}
    for key, position, word in section.words:
        if word in seen and key != "beside":
            matter = f'"{word}" is in {key} and already in {seen[word]}'
            yield Mistake(("sections", index, key, position), matter, "keep one of the two")
        if key != "beside":
            seen.setdefault(word, key)


def _reached(over: dict[str, set[str]], name: str) -> set[str]:
    """The sections that ``name`` has priority over, directly or indirectly."""
    reached: set[str] = set()
    ahead = list(over.get(name, ()))
    while ahead:
        at = ahead.pop()
        if at not in reached:
            reached.add(at)
            ahead += over.get(at, ())
    return reached


def load_list(path: Path, body: bytes | None = None) -> ListRules:
    """
    Load one list's rules; ConfigTrouble with file:line for mistakes.

    ``body`` is another version of the file; ``path`` is then only its name in messages.
    """
    doc = load(path, body)
    return replace(understand(doc, ListRules), _doc=doc)


def short_name(list_file: str) -> str:
    """A list's name in paths and branches: its file's, or its folder's for a README in one."""
    path = Path(list_file)
    in_folder = path.stem.lower() == "readme" and path.parent.name
    return path.parent.name if in_folder else path.stem


def load_lists(config_dir: Path) -> tuple[ListRules, ...]:
    """The rules of every list, by file name; no two may share list name, file or short name."""
    paths = sorted((config_dir / "lists").glob("*.yaml"))
    if not paths:
        raise ConfigTrouble(
            config_dir / "lists", "there is no list (*.yaml)", "see docs/rules.md for a first one"
        )
    lists = tuple(load_list(path) for path in paths)
    for key in ("list", "file"):
        _refuse_twins(lists, key)
    _refuse_one_short_name(lists)
    return lists


def _refuse_one_short_name(lists: tuple[ListRules, ...]) -> None:
    """Two lists of one short name would write over each other's digests."""
    seen: dict[str, ListRules] = {}
    for rules in lists:
        name = short_name(rules.file).lower()
        if name in seen:
            matter = f'"{rules.file}" and "{seen[name].file}" would share the name "{name}"'
            do = "rename one of these files, or its folder if it is a README"
            raise ConfigTrouble(rules.path, matter, do, line=rules.line("file"), key="file")
        seen[name] = rules


def _refuse_twins(lists: tuple[ListRules, ...], key: str) -> None:
    seen: dict[str, Path] = {}
    for rules in lists:
        value = getattr(rules, key)
        if value in seen:
            matter = f'"{value}" is already used by {seen[value]}'
            raise ConfigTrouble(rules.path, matter, "rename one", line=rules.line(key), key=key)
        seen[value] = rules.path


_RESTORE = "restore it, as with `git checkout`, or save it as UTF-8"


def resolve_list_file(root: Path, rules: ListRules) -> Path:
    """
    The list's file: an existing ``.md`` under ``root``, wherever symbolic links lead.

    An empty or torn file is refused: all that it held would be proposed again.
    """
    path, base = (root / rules.file).resolve(), root.resolve()
    if path.suffix != ".md":
        matter, do = "must be a Markdown file (.md)", "write e.g.  file: lists/my-list.md"
    elif not path.is_relative_to(base):
        matter, do = f"leads out of {base}, to {path}", "keep the list beside config/"
    elif not path.is_file():
        matter, do = f"names no file: there is none at {path}", "create it, or correct the name"
    elif torn := _torn(path):
        matter, do = f"{torn[0]} ({path})", torn[1]
    else:
        return path
    raise ConfigTrouble(
        rules.path, f'"{rules.file}" {matter}', do, line=rules.line("file"), key="file"
    )


def _torn(path: Path) -> tuple[str, str] | None:
    """Why a file is no list that a person wrote, or cannot be read, and what to do about it."""
    try:
        seen = path.stat()
        return _torn_as_of(path, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
    except OSError as trouble:
        denied = isinstance(trouble, PermissionError)
        do = "give this user the right to read it" if denied else _RESTORE
        return f"cannot be read: {trouble.strerror}", do


# The review page asks for the list with each decision: a file that is as it was isn't read again.
@lru_cache(maxsize=64)
def _torn_as_of(path: Path, *_state: int) -> tuple[str, str] | None:
    data = read_file(path)
    if not data.strip().removeprefix(b"\xef\xbb\xbf"):
        return "is empty", _RESTORE
    if zeros := data.count(0):
        what = f"holds {zeros:,} NUL bytes, as a machine that stopped leaves them, or UTF-16"
        return what, _RESTORE
    if b"\r" in data and b"\n" not in data:
        return "ends its lines with CR alone, so that it has only one", "save it with LF or CRLF"
    return None


def rules_schema() -> dict[str, Any]:
    """The JSON Schema for editors; ``listkeeper rules check`` checks more than it can."""
    # Only this needs all of pydantic, which takes long to load.
    from pydantic import TypeAdapter

    schema = TypeAdapter(ListRules).json_schema(ref_template="#/definitions/{model}")
    schema["definitions"] = schema.pop("$defs")
    del schema["properties"]["_doc"]
    form = schema["properties"]["form"]
    schema["properties"]["form"] = {"description": form["description"], **FORM_SCHEMA}
    return {"$schema": DRAFT, "title": "The rules of a list", **_for_editors(schema)}


def _for_editors(part: Any) -> Any:
    """The schema without class names, and without defaults that nobody may write."""
    if isinstance(part, list):
        return [_for_editors(item) for item in part]
    if not isinstance(part, dict):
        return part
    refused = {"additionalProperties": False} if "properties" in part else {}
    return refused | {
        key: {name: _for_editors(item) for name, item in value.items()}
        if key in ("properties", "definitions")
        else _for_editors(value)
        for key, value in part.items()
        if key not in ("title", "default")
    }
