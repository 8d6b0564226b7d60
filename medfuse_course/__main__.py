"""``python -m medfuse_course``: the ``medfuse`` command."""

import sys

from medfuse_course.cli import main

if __name__ == "__main__":
    sys.exit(main())
