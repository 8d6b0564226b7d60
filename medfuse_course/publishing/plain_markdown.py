"""MyST to plain Markdown, for notebooks: what the book's directives and roles say, in words that Colab can show.

The text is parsed as the book parses it, and goes out as it came in, except for what Colab does not know. A directive
or a role that is not listed here is an error with its page and line: write it otherwise, or add it.
"""

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from medfuse_course.exercises.page import split_options
from medfuse_course.publishing.book_index import BookIndex
from medfuse_course.publishing.project import Project
from medfuse_course.publishing.reading_time import stated

_DIRECTIVE = re.compile(r"\{(?P<name>[^}]*)\}\s*(?P<argument>.*)")
_TITLED = re.compile(r"(?P<text>.+?)\s*<(?P<target>[^<>]+)>", re.S)
_ADMONITIONS = ("admonition", "note", "tip", "warning")
_TRAINER = (
    "The book's page has a trainer here that runs in the browser, without Python: "
    "[train a GAN in the page]({address}#gan-lab)."
)
_DROPPED = ("myst_target", "myst_line_comment", "myst_block_break")


@dataclass(frozen=True)
class PlainMarkdown:
    """Translator of one page.

    Attributes
    ----------
    docname
        The page, as ``chapters/part/topic``.
    index
        Where labels and citations point.
    project
        For addresses of the published page and of files.
    """

    docname: str
    index: BookIndex
    project: Project

    def translate(self, text: str, line: int = 1) -> str:
        """Return a stretch of prose that begins on this line of the page, without directives, roles and labels.

        Raises
        ------
        ValueError
            A directive or a role that has no plain form, or a reference to nowhere.
        """
        source = text.split("\n")
        for token in reversed(_parser().parse(text)):  # from the end, so that lines before keep their numbers
            if token.map is None:
                continue
            start, end = token.map
            if token.type == "inline":
                source[start:end] = self._prose(source[start:end], token, line + start)
            elif token.type in ("fence", "colon_fence") and token.info.startswith("{"):
                indent = source[start][: -len(source[start].lstrip())]
                source[start:end] = ["", *(indent + one for one in self._directive(token, line + start)), ""]
            elif token.type in _DROPPED:
                source[start:end] = []
        return re.sub(r"\n{3,}", "\n\n", "\n".join(source)).strip("\n")

    def _directive(self, token: Any, line: int) -> list[str]:
        found = _DIRECTIVE.fullmatch(token.info.strip())
        if not found or found["name"] not in (*_ADMONITIONS, "table", "gan-lab"):
            raise self._unknown("directive", token.info, line)
        if found["name"] == "gan-lab":
            return [_TRAINER.format(address=self.project.page(self.docname))]
        options, body = split_options(token.content)
        title = self.translate(found["argument"], line) or found["name"].capitalize()
        text = self.translate(body, line + 1 + token.content.count("\n", 0, token.content.find(body)))
        if found["name"] == "table":
            name = self.index.names.get((self.docname, line))
            return [f"**{name}: {title}**" if name else f"**{title}**", "", *text.split("\n")]
        if "dropdown" in options:
            return [f"<details><summary>{title}</summary>", "", *text.split("\n"), "", "</details>"]
        return [f"> {one}".rstrip() for one in f"**{title}**\n\n{text}".split("\n")]

    def _prose(self, lines: list[str], token: Any, line: int) -> list[str]:
        """Translate what a block says, and put back what stands before it on each line, such as ``> `` or ``- ``."""
        content: str = token.content
        before = [
            whole.rstrip().removesuffix(own.rstrip()) for whole, own in zip(lines, content.split("\n"), strict=True)
        ]
        made = self._inline(content, token.children, line).split("\n")
        before += before[-1:] * (len(made) - len(before))
        return [first + own for first, own in zip(before, made, strict=False)]

    def _inline(self, content: str, tokens: list[Any], line: int) -> str:
        made, position = [], 0
        for token in tokens:
            start, end = token.meta.get("span", (0, 0))
            if end <= position:
                continue  # neither role nor link, or inside the link before
            here = line + content.count("\n", 0, start)
            if (new := self._replaced(token, content[start:end], here)) is not None:
                made += [content[position:start], new]
                position = end
        return "".join(made) + content[position:]

    def _replaced(self, token: Any, source: str, line: int) -> str | None:
        """What stands in the notebook for a role or a link; None for what may stay."""
        if token.type == "myst_role":
            name = token.meta["name"]
            return self._role(name, source.removeprefix(f"{{{name}}}").strip("`").strip(), line)
        if not source.endswith(")"):
            raise self._unknown("link", source, line)
        bang = "!" if token.type == "image" else ""
        text = self.translate(source[len(bang) + 1 : source.rindex("](")], line)
        made = self._link(text, token.attrs["src" if bang else "href"], line)
        return made and bang + made

    def _role(self, name: str, content: str, line: int) -> str:
        titled = _TITLED.fullmatch(content)
        text, target = (titled["text"], titled["target"]) if titled else ("", content)
        if name == "term":
            return text or content
        if name in ("cite:t", "cite:p"):
            page = self.project.page("chapters/atlas/references")
            shown = [f"[{self.index.citations.get(key.strip(), key.strip())}]({page})" for key in content.split(",")]
            return ", ".join(shown) if name == "cite:t" else f"({'; '.join(shown)})"
        if name in ("ref", "numref"):
            return self._reference(text, target, line)
        if name == "minutes":
            return stated(self.index.root / f"{self.docname}.md", content)
        raise self._unknown("role", name, line)

    def _reference(self, text: str, label: str, line: int) -> str:
        place = self.index.places.get(label)
        if place is None:
            raise ValueError(f"{self.docname}:{line}: reference to {label!r}, which no page defines")
        anchor = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")
        return f"[{text or place.title or 'here'}]({self.project.page(place.docname)}#{anchor})"

    def _link(self, text: str, target: str, line: int) -> str | None:
        if re.match(r"[a-z][a-z+]*:", target):
            return None
        if target.startswith("#"):
            return self._reference(text, target[1:], line)
        path, _, anchor = target.partition("#")
        if not posixpath.splitext(path)[1]:  # no file: a label, as the book takes it
            return self._reference(text, target, line)
        place = posixpath.normpath(posixpath.join(posixpath.dirname(self.docname), path))
        if not path.endswith(".md"):
            return f"[{text}]({self.project.repository}/raw/{self.project.tag}/{place})"
        docname = place.removesuffix(".md")
        return f"[{text or self.index.title(docname)}]({self.project.page(docname)}{'#' + anchor if anchor else ''})"

    def _unknown(self, what: str, name: str, line: int) -> ValueError:
        return ValueError(
            f"{self.docname}:{line}: {what} {name!r} has no plain form; write it otherwise, or teach PlainMarkdown"
        )


@cache
def _parser() -> Any:
    """The book's parser without tables, whose rows are prose here; roles and links remember where they stand."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.colon_fence import colon_fence_plugin
    from mdit_py_plugins.dollarmath import dollarmath_plugin
    from mdit_py_plugins.myst_blocks import myst_block_plugin
    from mdit_py_plugins.myst_role import myst_role_plugin

    parser = MarkdownIt("commonmark").use(myst_block_plugin).use(myst_role_plugin)
    parser.use(dollarmath_plugin).use(colon_fence_plugin)
    for rule in parser.inline.ruler.__rules__:
        if rule.name in ("myst_role", "link", "image"):
            rule.fn = _with_span(rule.fn)
    return parser


def _with_span(rule: Callable[[Any, bool], bool]) -> Callable[[Any, bool], bool]:
    def spanned(state: Any, silent: bool) -> bool:
        start, count = state.pos, len(state.tokens)
        done = rule(state, silent)
        if done and not silent:
            first = next(token for token in state.tokens[count:] if token.type != "text")
            first.meta["span"] = (start, state.pos)
        return done

    return spanned
