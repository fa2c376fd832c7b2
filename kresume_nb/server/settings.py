"""What an administrator or a user may set in `jupyter_server_config.py`."""

from __future__ import annotations

from traitlets import Bool
from traitlets.config import Configurable


class KResume(Configurable):
    """Settings of kresume_nb in the server."""

    resume_without_page = Bool(
        False,
        config=True,
        help="Whether the server resumes a run whose switch 'resume by itself' is on when its "
        "kernel dies while no page is open.",
    )
    keep_sources = Bool(
        True,
        config=True,
        help="Whether run.json holds the sources of cells. False sets KRESUME_KEEP_SOURCES=0 for the "
        "kernels that the server starts: they store digests only.",
    )
