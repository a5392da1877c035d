from pathlib import Path

from triton_serving.local_runtime.supervisor.logs import LogFile, Output


def test_pieces_become_whole_lines(tmp_path: Path) -> None:
    output = Output(LogFile(tmp_path / "some.log"))
    output.take(b"one\ntw")
    assert (tmp_path / "some.log").read_bytes() == b"one\n"
    output.take(b"o\n")
    assert (tmp_path / "some.log").read_bytes() == b"one\ntwo\n"


def test_lines_of_two_programs_are_not_mixed(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "some.log")
    old, new = Output(file), Output(file)
    old.take(b"the old")
    new.take(b"the new one\n")
    old.take(b" one\n")
    assert (tmp_path / "some.log").read_text().splitlines() == ["the new one", "the old one"]
    assert list(new.recent) == ["the new one"]


def test_what_a_program_began_to_write_when_it_died_is_kept(tmp_path: Path) -> None:
    output = Output(LogFile(tmp_path / "some.log"))
    output.take(b"Segmentation")
    output.finish()
    assert list(output.recent) == ["Segmentation"]


def test_bytes_that_are_no_text_are_kept_in_the_file_and_shown_as_such(tmp_path: Path) -> None:
    output = Output(LogFile(tmp_path / "some.log"))
    output.take(b"caf\xe9 \x00\n")
    assert (tmp_path / "some.log").read_bytes() == b"caf\xe9 \x00\n"
    assert list(output.recent) == ["caf\ufffd \x00"]


def test_a_line_without_end_is_cut(tmp_path: Path) -> None:
    output = Output(LogFile(tmp_path / "some.log"))
    for _ in range(100):
        output.take(b"x" * 2000)
    output.finish()
    lines = (tmp_path / "some.log").read_bytes().splitlines()
    assert sum(map(len, lines)) == 200_000
    assert max(map(len, lines)) < 70_000


def test_the_file_has_older_parts_and_a_last_one_goes(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "some.log", part_bytes=100)
    for number in range(20):
        file.write(b"line %d, which is thirty bytes..\n" % number)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["some.log", "some.log.1", "some.log.2"]
    assert all(path.stat().st_size < 150 for path in tmp_path.iterdir())
    assert (tmp_path / "some.log").read_bytes().endswith(b"line 19, which is thirty bytes..\n")


def test_a_disk_that_is_full_costs_lines_and_nothing_else() -> None:
    file = LogFile(Path("/dev/full"))
    file.write(b"lost\n")
    file.write(b"lost, too\n")
