"""The blocks of the README and the guides, fenced or indented, and what is typed in them."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from tests.workspace import REPOSITORY

GUIDES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
FENCE = re.compile(r"^( *)(`{3,}|~{3,})\s*([\w-]*)")
INDENTED = "indented"
# How a line begins that somebody would type.
TYPED = re.compile(
    r"^\s*(\$ |([A-Z_]+=\S* +)?(sudo|cd|export|for|mkdir|listkeeper|scrapy|python3?|pipx?|uvx?|make"
    r"|git|podman|docker|caddy|nginx|systemctl|loginctl|crontab|ssh|curl|apt|brew|sqlite3|pg_dump|psql"
    r"|oauth2-proxy|pre-commit)\b)"
)


@dataclass(frozen=True)
class Block:
    """A block of a page: its language, and its lines without the fence's own indentation."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def commands(self) -> list[str]:
        """What a console's block types, each on one line."""
        return [command for command, _ in self.shows]

    @property
    def shows(self) -> list[tuple[str, list[str]]]:
        """Each command of a console's block with the lines that stand below it."""
        found: list[tuple[str, list[str]]] = []
        for line in self.text.replace("\\\n", " ").splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
        return found


def name_of(page: Path) -> str:
    return "README" if page.parent == REPOSITORY else page.relative_to(REPOSITORY / "docs").stem


def blocks(*names: str, language: str | None = None) -> list[Block]:
    """Every block of these pages (of all), or those of one language."""
    found = [
        block
        for path in GUIDES
        if path != REPOSITORY / "docs" / "README.md"
        if not names or name_of(path) in names
        for block in blocks_in(path.read_text(), name_of(path))
    ]
    return [block for block in found if language in (None, block.language)]


def blocks_in(text: str, page: str) -> list[Block]:
    """The blocks of a text, in order."""
    found, lines = [], text.splitlines()
    at = 0
    while at < len(lines):
        if fence := FENCE.match(lines[at]):
            margin, mark, language = fence.groups()
            end = next(n for n in range(at + 1, len(lines)) if lines[n].strip() == mark)
            inside = [line.removeprefix(margin) for line in lines[at + 1 : end]]
            found.append(Block(page, at + 1, language, "\n".join(inside) + "\n"))
            at = end + 1
        elif _is_code(lines[at]) and (at == 0 or not lines[at - 1].strip()):
            end = next((n for n in range(at, len(lines)) if not _is_code(lines[n])), len(lines))
            found.append(Block(page, at + 1, INDENTED, "\n".join(lines[at:end]) + "\n"))
            at = end
        else:
            at += 1
    return found


def _is_code(line: str) -> bool:
    return line.startswith(("    ", "\t")) and bool(line.strip())


def shown(text: str) -> list[str]:
    """The commands of a page's console blocks."""
    return [
        line for one in blocks_in(text, "") if one.language == "console" for line in one.commands
    ]


def words(command: str) -> list[str]:
    """A command's words behind the program's name, without a remark at its end."""
    return shlex.split(command, comments=True)[1:]
