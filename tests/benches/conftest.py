"""benches/ is a folder of programs, not a package."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "benches"))
