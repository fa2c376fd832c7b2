"""`python -m kresume_nb.cli`."""

from __future__ import annotations

import sys

from kresume_nb.cli import main

if __name__ == "__main__":
    sys.exit(main())
