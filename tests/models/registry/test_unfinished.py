import errno
import json
import os
from pathlib import Path

import pytest
from triton_serving.models.registry.unfinished import unfinished

BLOB = ("https://registry.example.com", "team/digits", "sha256:0")


def test_the_next_run_recalls_where_an_upload_goes_on() -> None:
    with unfinished(*BLOB) as memory:
        memory.keep("https://registry.example.com/uploads/1")
    with unfinished(*BLOB) as memory:
        assert memory.recall() == "https://registry.example.com/uploads/1"
        memory.forget()
        assert memory.recall() is None


def test_only_one_process_at_a_time_goes_on_with_an_upload() -> None:
    with unfinished(*BLOB) as first, unfinished(*BLOB) as second:
        first.keep("https://registry.example.com/uploads/1")
        second.keep("https://registry.example.com/uploads/2")
        assert (first.recall(), second.recall()) == ("https://registry.example.com/uploads/1", None)


def test_a_cache_that_cannot_be_written_only_costs_the_memory(own_cache: Path) -> None:
    own_cache.write_text("a file where the folder should be")
    with unfinished(*BLOB) as memory:
        memory.keep("https://registry.example.com/uploads/1")
        assert memory.recall() is None
        memory.forget()


def test_a_disk_that_fills_up_leaves_what_was_remembered_before(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with unfinished(*BLOB) as memory:
        memory.keep("https://registry.example.com/uploads/1")
        with monkeypatch.context() as patched:
            patched.setattr(json, "dump", full)
            memory.keep("https://registry.example.com/uploads/2")
        assert memory.recall() == "https://registry.example.com/uploads/1"


def test_a_finished_upload_leaves_no_file(own_cache: Path) -> None:
    with unfinished("https://registry.example.com", "digits", "sha256:1") as memory:
        memory.keep("https://registry.example.com/upload/1")
        memory.forget()
    assert [path for path in own_cache.rglob("*") if path.is_file()] == []
