"""`python -m namegate`."""

import sys

from namegate.cli import main

if __name__ == "__main__":
    sys.exit(main())
