"""``python -m relcomm``: the command line."""

import sys

from relcomm.cli import main

sys.exit(main())
