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
