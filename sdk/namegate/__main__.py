"""`python -m namegate`."""

import sys

from namegate.cli import main

sys.exit(main())
