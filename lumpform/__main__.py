"""`python -m lumpform` is the command `lumpform`."""

import sys

from lumpform.cli import main

if __name__ == "__main__":
    sys.exit(main())
