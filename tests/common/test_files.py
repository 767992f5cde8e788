"""Files are written whole or not at all."""

import os
import stat

import pytest

from tiledraw.common.files import atomic_open, atomic_write, check_writable_file, check_writable_folder, read_text


def test_writes_and_replaces(tmp_path):
    path = tmp_path / "a b 猫.png"
    atomic_write(path, b"one")
    atomic_write(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


def test_a_long_name(tmp_path):
    path = tmp_path / ("x" * 251 + ".png")
    atomic_write(path, b"data")
    assert path.read_bytes() == b"data"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "cat.png"
    path.write_bytes(b"old")
    with pytest.raises(error), atomic_open(path) as file:
        file.write(b"half")
        raise error
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_old_file_is_there_until_the_end(tmp_path):
    path = tmp_path / "cat.png"
    path.write_bytes(b"old")
    with atomic_open(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


@pytest.mark.skipif(os.name == "nt", reason="no symbolic links or modes")
def test_links_stay_and_modes_follow_the_umask(tmp_path):
    target, link = tmp_path / "target.png", tmp_path / "link.png"
    link.symlink_to(target)
    old = os.umask(0o027)
    try:
        atomic_write(link, b"data")
    finally:
        os.umask(old)
    assert link.is_symlink()
    assert target.read_bytes() == b"data"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


@pytest.mark.skipif(os.name == "nt", reason="no symbolic links or modes")
def test_a_file_keeps_its_mode(tmp_path):
    path = tmp_path / "own.png"
    path.write_bytes(b"old")
    path.chmod(0o600)
    with atomic_open(path) as file:
        file.write(b"new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and path.read_bytes() == b"new"


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="files have names from the first on")
@pytest.mark.parametrize("can", [True, False])
def test_a_kill_leaves_nothing(tmp_path, monkeypatch, can):
    if not can:
        monkeypatch.setattr(os.path, "isdir", lambda path: False)
    with atomic_open(tmp_path / "a.png") as file:
        file.write(b"half")
        assert len(list(tmp_path.iterdir())) == (not can)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_of_writers_at_once_the_last_one_stands(tmp_path):
    path = tmp_path / "a.png"
    with atomic_open(path) as one:
        one.write(b"one" * 1000)
        with atomic_open(path) as other:
            other.write(b"other")
        assert path.read_bytes() == b"other"
    assert path.read_bytes() == b"one" * 1000 and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_of_any_editor(tmp_path, encoding):
    (tmp_path / "a").write_bytes("a 猫\r\n".encode(encoding))
    assert read_text(tmp_path / "a") == "a 猫\n"


def test_what_is_no_text_is_refused(tmp_path):
    (tmp_path / "a").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="a is no text in UTF-8"):
        read_text(tmp_path / "a")
    with pytest.raises(ValueError, match="a: it has more than 2 bytes"):
        read_text(tmp_path / "a", 2)
    with pytest.raises(ValueError, match="no file, but a pipe, a device"):
        read_text("/dev/zero")


@pytest.mark.parametrize(
    ("name", "error", "sentence"),
    [
        (".", IsADirectoryError, "is a folder"),
        ("none/cat.png", FileNotFoundError, "does not exist"),
        ("file/cat.png", NotADirectoryError, "is not a folder"),
    ],
)
def test_paths_that_cannot_be_written(tmp_path, name, error, sentence):
    (tmp_path / "file").write_bytes(b"")
    for function in (check_writable_file, lambda path: atomic_write(path, b"")):
        with pytest.raises(error, match=sentence):
            function(tmp_path / name)


def test_what_may_not_be_written(tmp_path, monkeypatch):
    path = tmp_path / "cat.png"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda where, mode: where != path)
    with pytest.raises(PermissionError, match="may not be overwritten"):
        check_writable_file(path)
    monkeypatch.setattr(os, "access", lambda where, mode: False)
    with pytest.raises(PermissionError, match="may not be written to"):
        check_writable_folder(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in the file system")
def test_a_device_or_pipe_is_never_replaced(tmp_path):
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="not a regular file"):
        atomic_write(pipe, b"data")
    assert stat.S_ISFIFO(pipe.stat().st_mode)
