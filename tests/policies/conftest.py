"""The pack is a distribution of its own, and not installed in the virtual environment of the tests."""

import sys

from parts.policy_pack import PACK

sys.path.append(str(PACK))
