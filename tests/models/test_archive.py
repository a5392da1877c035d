import io
import subprocess
import tarfile
from pathlib import Path

import pytest
from triton_serving.models.archive import END, directory_header, file_header, padding

LONG = "models/" + "long-folder-name/" * 20 + "1/model.onnx"


def archive_of(path: str, content: bytes) -> bytes:
    return file_header(path, len(content)) + content + padding(len(content)) + END


@pytest.mark.parametrize(
    "path", ["m/1/model.onnx", "m/1/" + "x" * 96, "m/1/" + "x" * 97, LONG, "modelle/größe/1/模型.onnx"]
)
@pytest.mark.parametrize("content", [b"", b"x", b"y" * 512, b"z" * 513], ids=len)
def test_an_entry_is_what_tar_readers_expect(path: str, content: bytes) -> None:
    with tarfile.open(fileobj=io.BytesIO(archive_of(path, content))) as archive:
        (member,) = archive.getmembers()
        file = archive.extractfile(member)
        assert file is not None
        assert (member.name, file.read(), member.mode) == (path, content, 0o644)
        assert (member.uid, member.gid, member.uname, member.gname, member.mtime) == (0, 0, "", "", 0)


@pytest.mark.parametrize("length", range(85, 130))
def test_path_records_count_their_own_length_right(length: int) -> None:
    path = "m/" + "ü" * (length // 2)
    with tarfile.open(fileobj=io.BytesIO(archive_of(path, b"content"))) as archive:
        assert archive.getnames() == [path]


@pytest.mark.parametrize("size", [8**11 - 1, 8**11, 10**13])
def test_sizes_beyond_the_plain_header_are_kept_exactly(size: int) -> None:
    with tarfile.open(fileobj=io.BytesIO(file_header("m/1/model.bin", size))) as archive:
        member = archive.next()
        assert member is not None
        assert (member.name, member.size) == ("m/1/model.bin", size)


def test_folders_and_the_python_stub_can_be_entered_and_started_by_everybody() -> None:
    content = directory_header("m/1") + file_header("m/1/triton_python_backend_stub", 0) + END
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        folder, stub = archive.getmembers()
        assert (folder.name, folder.isdir(), folder.mode) == ("m/1", True, 0o755)
        assert stub.mode == 0o755


def test_the_tar_program_lists_and_unpacks_it(tmp_path: Path) -> None:
    content = directory_header("m") + b"".join(
        file_header(path, 3) + b"abc" + padding(3) for path in ("m/plain", "m/größe", LONG.replace("models", "m"))
    )
    (tmp_path / "layer.tar").write_bytes(content + END)
    subprocess.run(["tar", "xf", "layer.tar"], cwd=tmp_path, check=True)
    listed = subprocess.run(
        ["tar", "--quoting-style=literal", "-tf", "layer.tar"], cwd=tmp_path, check=True, capture_output=True
    ).stdout.decode()
    assert listed.splitlines() == ["m/", "m/plain", "m/größe", LONG.replace("models", "m")]
    assert (tmp_path / LONG.replace("models", "m")).read_bytes() == b"abc"
