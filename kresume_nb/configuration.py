"""`kr.configure`: settings of this process."""

from __future__ import annotations

from kresume_nb.errors import ArgumentError
from kresume_nb.run import sources


def configure(*, keep_sources: bool | None = None) -> None:
    """Sets what is stored of the notebook, for runs that begin or go on from now on.

    Args:
        keep_sources: False stores digests (SHA-256) of cells in the place of their sources. A resume
            then compares digests, and runs the notebook's own cells, as ever; a comparison of two runs
            cannot show what changed in their code. None leaves the setting as it is. The environment
            variable `KRESUME_KEEP_SOURCES=0` does the same for all that is started with it, and
            `--KResume.keep_sources=False` for all kernels of a Jupyter Server.

    Raises:
        ArgumentError: if it is neither True, False nor None.

    >>> import kresume_nb as kr
    >>> kr.configure(keep_sources=True)
    """
    if keep_sources is None:
        return
    if not isinstance(keep_sources, bool):
        raise ArgumentError(
            f"kr.configure(keep_sources=…) takes True or False. Received: {keep_sources!r}."
        )
    sources.keep(keep_sources)
