"""Pure, but for reading the source folder: entry scripts and the folder they come from, checked before anything runs."""
