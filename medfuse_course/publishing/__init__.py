"""From chapters to what people read: the Sphinx extension, the student notebooks, the checks of the built book."""

from medfuse_course.publishing.notebooks import solved_notebook, write_notebooks
from medfuse_course.publishing.project import NOTICE, Project, project

__all__ = ["NOTICE", "Project", "project", "solved_notebook", "write_notebooks"]
