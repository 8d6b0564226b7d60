"""What is numbered on a built page and in a student notebook, in comparable words."""

import html
import re

_NAME = r"(?:Exercise|Fig\.|Table) [\d.]*\d"


def on_the_page(text):
    """Of a built page: the chapter, names with the first letters of what they name, and the names that links say."""
    article = re.search(r"<article.*?</article>", text, re.S)[0]
    captions = re.findall(
        rf'<span class="caption-number">({_NAME})\s*</span>(.*?)</(?:p|caption|figcaption)>', article, re.S
    )
    links = [_plain(link) for link in re.findall(r'<a class="reference internal".*?</a>', article, re.S)]
    return _title(_plain(re.search(r"<h1>(.*?)</h1>", article, re.S)[1])), _names(captions), _said(links)


def in_the_notebook(cells):
    """Of the cells of a notebook: the same."""
    text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    captions = re.findall(rf"^(?:### |\*\*|\*|)({_NAME}): (.*)$", text, re.M)
    links = re.findall(r"\[([^\]\n]*)\]\(", text)
    return _title(text.splitlines()[0].removeprefix("# ")), _names(captions), _said(links)


def _names(captions):
    return sorted((name, _letters(words)) for name, words in captions)


def _letters(words):
    """The first letters; links, formulas and emphasis are written otherwise on a page."""
    plain = re.split(r"\$|\\\(|\[", _plain(words).strip().removeprefix("("))[0]
    return re.sub(r"[^A-Za-z]", "", plain)[:12]


def _plain(text):
    return html.unescape(re.sub(r"<[^>]+>", "", text)).rstrip("#¶\n ")


def _title(text):
    """Without what Sphinx sets in type: curly apostrophes, three dots as one sign."""
    return re.sub(r"\s+", " ", text.replace("\u2019", "'").replace("\u2026", "..."))


def _said(links):
    return sorted(name for link in links for name in re.findall(_NAME, link))
