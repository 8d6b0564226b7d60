"""MyST to plain Markdown, for notebooks: what the book's directives and roles say, in words that Colab can show."""

import html
import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from medfuse_course.publishing.book_index import BookIndex, exercise_number
from medfuse_course.publishing.project import Project

_FENCE = re.compile(r"^(?P<indent>\s*)(?P<fence>`{3,}|:{3,}|~{3,})(?P<info>.*)$")
_DIRECTIVE = re.compile(r"^\{(?P<name>[\w:.+-]+)\}\s*(?P<argument>.*?)\s*$")
_OPTION = re.compile(r"^:(?P<key>[\w-]+):\s*(?P<value>.*?)\s*$")
_INLINE = re.compile(
    r"\{(?P<role>[\w:.+-]+)\}(?P<ticks>`+)(?P<content>.+?)(?P=ticks)"
    r"|(?P<code>(?P<codeticks>`+)(?!`).+?(?P=codeticks))"
    r"|(?P<math>\$\$.*?\$\$|\$[^$\n]+\$)"
    r"|(?P<bang>!?)\[(?P<text>[^\]\n]*)\]\((?P<target>[^)\s]+)\)",
    re.S,
)
_ATTRIBUTES = re.compile(r"(?<=[)`\]])\{[.#][^}\n]*\}")
_TITLED = re.compile(r"^(?P<text>.+?)\s*<(?P<target>[^<>]+)>$", re.S)

_ADMONITIONS = {
    *("attention", "caution", "danger", "error", "important", "note", "seealso", "tip", "warning"),
    *(
        "admonition",
        "margin",
        "sidebar",
        "aside",
        "epigraph",
        "prf:theorem",
        "prf:definition",
        "prf:algorithm",
        "prf:remark",
    ),
    *("prf:property", "prf:proposition", "prf:example"),
}
_TITLE_IN_ARGUMENT = {
    "admonition",
    "sidebar",
    "prf:theorem",
    "prf:definition",
    "prf:algorithm",
    "prf:remark",
    "prf:property",
}
_SILENT = {
    "bibliography",
    "contents",
    "hero",
    "gallery",
    "index",
    "tableofcontents",
    "toctree",
    "exercise-end",
    "solution-end",
}
_KEPT = {"table", "glossary", "grid", "grid-item", "tab-set", "div"}
_SUMMARY = {"dropdown": "More", "hint": "Hint", "toggle": "More", "solution": "Solution"}


@dataclass
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
    _exercises: int = field(default=0, init=False)

    def translate(self, text: str) -> str:
        """Return the text without directives, roles and labels; raise ValueError for one that has no translation."""
        lines = "\n".join(self._blocks(text.splitlines()))
        return re.sub(r"\n{3,}", "\n\n", lines).strip("\n")

    def _blocks(self, lines: list[str]) -> list[str]:
        made: list[str] = []
        prose: list[str] = []
        position = 0
        while position < len(lines):
            fence = _FENCE.match(lines[position])
            if not fence:
                prose.append(lines[position])
                position += 1
                continue
            end = _closing(lines, position, fence["fence"])
            made += [*self._prose(prose), *self._fenced(fence["indent"], fence["info"], lines[position : end + 1])]
            prose, position = [], end + 1
        return made + self._prose(prose)

    def _prose(self, lines: list[str]) -> list[str]:
        kept = [line for line in lines if not re.match(r"^(\([\w:.-]+\)=|%.*|\+\+\+.*)\s*$", line)]
        return self.inline("\n".join(kept)).split("\n") if kept else []

    def _fenced(self, indent: str, info: str, block: list[str]) -> list[str]:
        directive = _DIRECTIVE.match(info.strip())
        if not directive:
            return block
        body = [line.removeprefix(indent) for line in block[1:-1]]
        options, content = _split_options(body)
        return [
            "",
            *(indent + line for line in self._directive(directive["name"], directive["argument"], options, content)),
            "",
        ]

    def _directive(self, name: str, argument: str, options: dict[str, str], body: list[str]) -> list[str]:
        if name in _SILENT or name == "solution-start":
            return []
        if name in _SUMMARY or (name in _ADMONITIONS and "dropdown" in options.get("class", "").split()):
            return self._details(self.inline(argument) or _SUMMARY.get(name, name.capitalize()), body)
        if name in _ADMONITIONS:
            return self._admonition(name, argument, body)
        special: dict[str, Callable[[str, dict[str, str], list[str]], list[str]]] = {
            "math": self._math,
            "figure": self._figure,
            "image": self._figure,
            "exercise-start": self._exercise,
            "exercise": self._exercise,
            "literalinclude": self._source,
            "list-table": self._list_table,
            "tab-item": self._titled,
            "card": self._titled,
            "grid-item-card": self._titled,
            "code-block": self._code,
            "code": self._code,
        }
        if name in special:
            return special[name](argument, options, body)
        if name in _KEPT:
            return ([f"**{self.inline(argument)}**", ""] if argument and name == "table" else []) + self._blocks(body)
        raise ValueError(
            f"{self.docname}: directive {{{name}}} has no plain form; write it otherwise, or teach PlainMarkdown"
        )

    def _admonition(self, name: str, argument: str, body: list[str]) -> list[str]:
        word = {"seealso": "See also", "margin": "", "aside": "", "epigraph": ""}.get(
            name, name.removeprefix("prf:").capitalize()
        )
        title = self.inline(argument) if argument and name in _TITLE_IN_ARGUMENT else word
        content = self._blocks(body if name in _TITLE_IN_ARGUMENT or not argument else [argument, *body])
        quoted = [f"**{title}**", "", *content] if title else content
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(quoted)).strip("\n")
        return [f"> {line}".rstrip() for line in text.split("\n")]

    def _details(self, summary: str, body: list[str]) -> list[str]:
        return [f"<details><summary>{summary}</summary>", "", *self._blocks(body), "", "</details>"]

    def _math(self, argument: str, options: dict[str, str], body: list[str]) -> list[str]:
        return ["$$", *([argument] if argument else []), *(line for line in body if line.strip()), "$$"]

    def _figure(self, argument: str, options: dict[str, str], body: list[str]) -> list[str]:
        caption = ["", *self._blocks(body)] if any(line.strip() for line in body) else []
        return [f"![{options.get('alt', '')}]({self._file(argument)})", *caption]

    def _exercise(self, argument: str, options: dict[str, str], body: list[str]) -> list[str]:
        self._exercises += 1
        number = exercise_number(self.index.numbers.get(self.docname), self._exercises)
        title = f": {self.inline(argument)}" if argument else ""
        return [f"### Exercise {number}{title}", "", *self._blocks(body)]

    def _source(self, argument: str, options: dict[str, str], body: list[str]) -> list[str]:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(self.docname), argument)).lstrip("/.")
        what = f" (`{options['pyobject']}`)" if "pyobject" in options else ""
        return [f"Source: [{path}]({self.project.repository}/blob/{self.project.tag}/{path}){what}"]

    def _titled(self, argument: str, options: dict[str, str], body: list[str]) -> list[str]:
        return [f"**{self.inline(argument)}**", "", *self._blocks(body)]

    def _code(self, argument: str, options: dict[str, str], body: list[str]) -> list[str]:
        return [f"```{argument}", *body, "```"]

    def _list_table(self, argument: str, options: dict[str, str], body: list[str]) -> list[str]:
        rows: list[list[str]] = []
        for line in body:
            if line.startswith("* - "):
                rows.append([line[4:].strip()])
            elif line.startswith("  - "):
                rows[-1].append(line[4:].strip())
            elif line.strip():
                rows[-1][-1] += " " + line.strip()
        shown = ["| " + " | ".join(self.inline(cell) for cell in row) + " |" for row in rows]
        title = [f"**{self.inline(argument)}**", ""] if argument else []
        return [*title, shown[0], "|" + " --- |" * len(rows[0]), *shown[1:]]

    def inline(self, text: str) -> str:
        """Return a run of prose without roles, with links that work outside the book."""
        return _INLINE.sub(self._replace, _ATTRIBUTES.sub("", text))

    def _replace(self, found: re.Match[str]) -> str:
        if found["role"]:
            return self._role(found["role"], found["content"].strip())
        if found["code"] or found["math"]:
            return found[0]
        if found["bang"]:
            return f"![{found['text']}]({self._file(found['target'])})"
        return self._link(found["text"], found["target"])

    def _role(self, name: str, content: str) -> str:
        titled = _TITLED.match(content)
        text, target = (titled["text"], titled["target"]) if titled else ("", content)
        if name in {"term", "kbd", "dfn", "abbr", "guilabel"}:
            return text or content
        if name.startswith("cite"):
            return self._cite(name, target)
        if name in {"ref", "numref", "prf:ref", "eq"}:
            return self._reference(
                "" if "%s" in text else text, target, {"eq": "the equation", "numref": "the figure"}.get(name, "")
            )
        if name == "doc":
            return self._link(text, target + ".md")
        if name in {"sub", "sup"}:
            return f"<{name}>{html.escape(content)}</{name}>"
        if name == "math":
            return f"${content}$"
        if name in {"code", "func", "class", "meth", "mod", "py:func", "py:class", "py:meth", "py:mod", "file"}:
            return f"`{(text or content).lstrip('~')}`"
        raise ValueError(
            f"{self.docname}: role {{{name}}} has no plain form; write it otherwise, or teach PlainMarkdown"
        )

    def _cite(self, name: str, keys: str) -> str:
        page = self.project.page("chapters/atlas/references")
        shown = [f"[{self.index.citations.get(key.strip(), key.strip())}]({page})" for key in keys.split(",")]
        return ", ".join(shown) if name in {"cite:t", "cite:author"} else f"({'; '.join(shown)})"

    def _reference(self, text: str, label: str, fallback: str = "") -> str:
        place = self.index.places.get(label)
        if place is None:
            raise ValueError(f"{self.docname}: reference to {label!r}, which no page defines")
        anchor = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")
        if label.startswith("eq"):
            anchor = f"equation-{anchor}"
        return f"[{text or place.title or fallback or 'here'}]({self.project.page(place.docname)}#{anchor})"

    def _link(self, text: str, target: str) -> str:
        if re.match(r"^[a-z][a-z+]*:", target):
            return f"[{text or target}]({target})"
        if target.startswith("#"):
            return self._reference(text, target[1:]) if target[1:] in self.index.places else text
        path, _, anchor = target.partition("#")
        if not path.endswith(".md"):
            return f"[{text or path}]({self._file(target)})"
        docname = posixpath.normpath(posixpath.join(posixpath.dirname(self.docname), path)).removesuffix(".md")
        return f"[{text or self.index.title(docname)}]({self.project.page(docname)}{'#' + anchor if anchor else ''})"

    def _file(self, target: str) -> str:
        if "://" in target:
            return target
        path = posixpath.normpath(posixpath.join(posixpath.dirname(self.docname), target))
        return f"{self.project.repository}/raw/{self.project.tag}/{path}"


def _closing(lines: list[str], start: int, fence: str) -> int:
    closing = re.compile(rf"^\s*{re.escape(fence[0])}{{{len(fence)},}}\s*$")
    return next((k for k in range(start + 1, len(lines)) if closing.match(lines[k])), len(lines) - 1)


def _split_options(body: list[str]) -> tuple[dict[str, str], list[str]]:
    options: dict[str, str] = {}
    position = 0
    while position < len(body) and (found := _OPTION.match(body[position])):
        options[found["key"]] = found["value"]
        position += 1
    return options, body[position:]
