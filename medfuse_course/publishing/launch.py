"""Buttons above a page: Colab opens the student notebook, and the download button hands it out."""

import shutil
from pathlib import Path, PurePosixPath
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

from medfuse_course.publishing.project import NOTICE, project

_OWN_DOWNLOADS = {"download-notebook-button", "download-source-button"}


def setup(app: Sphinx) -> None:
    """Connect the events that make the addresses and replace the buttons."""
    app.connect("config-inited", _set_addresses, priority=900)
    app.connect("html-page-context", _replace_buttons, priority=900)
    app.connect("build-finished", _copy_notebooks)


def notebook_of(docname: str) -> str:
    """Path of a page's student notebook in the repository: ``chapters/x/y`` becomes ``notebooks/x/y.ipynb``."""
    return str(PurePosixPath("notebooks", *PurePosixPath(docname).parts[1:])) + ".ipynb"


def _set_addresses(app: Sphinx, config: Config) -> None:
    about = project()
    options = config.html_theme_options
    options.update(repository_url=about.repository, repository_branch="main", path_to_docs="")
    options.update(use_repository_button=True, use_fullscreen_button=False)
    options["extra_footer"] = (
        f'<p class="course-notice">{NOTICE}</p><p>{config.html_title or config.project} {about.version}. '
        "Text: CC BY 4.0. Code: BSD 3-Clause.</p>"
    )
    config.version = config.release = about.version
    if not config.html_baseurl:
        config.html_baseurl = about.site


def _replace_buttons(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    notebook = notebook_of(page)
    here = (Path(app.srcdir) / notebook).is_file()
    kept = []
    for button in context.get("header_buttons", []):
        if button.get("label") == "launch-buttons":
            button["buttons"] = [b for b in button["buttons"] if b["text"] != "Colab" or here]
            for colab in (b for b in button["buttons"] if b["text"] == "Colab"):
                colab["url"] = project().colab(notebook)
            if not button["buttons"]:
                continue
        elif button.get("label") == "download-buttons":
            button["buttons"] = _downloads(button["buttons"], context["pathto"](notebook, 1) if here else "")
        kept.append(button)
    context["header_buttons"] = kept


def _downloads(buttons: list[dict[str, Any]], url: str) -> list[dict[str, Any]]:
    kept = [b for b in buttons if b.get("label") not in _OWN_DOWNLOADS]
    student = {
        "type": "link",
        "url": url,
        "text": "Student notebook",
        "icon": "fas fa-code",
        "tooltip": "Download the student notebook (.ipynb)",
        "label": "download-student-notebook-button",
    }
    return [student, *kept] if url else kept


def _copy_notebooks(app: Sphinx, error: Exception | None) -> None:
    source = Path(app.srcdir) / "notebooks"
    if error is None and app.builder.format == "html" and source.is_dir():
        shutil.copytree(source, Path(app.outdir) / "notebooks", dirs_exist_ok=True)
