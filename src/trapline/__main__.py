"""`python -m trapline`."""

from __future__ import annotations

import sys

from trapline.main import main

if __name__ == "__main__":
    sys.exit(main())
