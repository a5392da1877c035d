"""Pure, but for reading files: entry scripts, their folder and their packages, checked before anything runs."""
