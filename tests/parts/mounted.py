"""A volume as the kubelet fills it: files are links into a folder that is exchanged by one rename."""

import itertools
import shutil
from collections.abc import Mapping
from pathlib import Path


class Mounted:
    """One folder with the files of ConfigMaps and Secrets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = itertools.count()
        folder.mkdir(parents=True)

    def put(self, files: Mapping[str, str | bytes]) -> None:
        """All files anew, in the kubelet's order: a new folder, `..data` led to it by a rename, the old one removed."""
        new, data = self.folder / f"..{next(self._numbers)}", self.folder / "..data"
        old = data.resolve() if data.is_symlink() else None
        new.mkdir()
        for name, content in files.items():
            (new / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        link = self.folder / "..data_tmp"
        link.symlink_to(new.name)
        link.rename(data)
        for name in files:
            if not (self.folder / name).is_symlink():
                (self.folder / name).symlink_to(Path("..data", name))
        if old:
            shutil.rmtree(old)
