"""Files are whole or not there, and loading runs no code."""

import pytest
import torch

from gan_hw.utils import files
from gan_hw.utils.files import atomic_path, load, save


def test_what_is_saved_is_loaded(tmp_path):
    state = {"weights": {"a": torch.randn(3, 4)}, "step": 7, "names": ["x", None], "share": 0.5}
    save(tmp_path / "deep" / "state.pt", state)
    loaded = load(tmp_path / "deep" / "state.pt")
    assert torch.equal(loaded["weights"].pop("a"), state["weights"].pop("a"))
    assert loaded == state


@pytest.mark.fault
def test_any_changed_or_missing_byte_is_noticed(tmp_path):
    path = tmp_path / "state.pt"
    save(path, {"weights": torch.zeros(64)})
    whole = path.read_bytes()
    for position in range(0, len(whole), max(1, len(whole) // 60)):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        with pytest.raises(ValueError, match=r"state\.pt.*(damaged|cut short)"):
            load(path)
    for length in (0, 1, 40, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match="cut short"):
            load(path)


@pytest.mark.fault
def test_loading_runs_no_code_from_the_file(tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "was_here"), "w"))

    save(tmp_path / "evil.pt", {"x": Evil()})
    with pytest.raises(ValueError, match="more than plain values"):
        load(tmp_path / "evil.pt")
    assert not (tmp_path / "was_here").exists()


@pytest.mark.fault
def test_a_full_disk_is_named_and_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "state.pt"
    save(path, {"step": 1})

    class Full:
        def __init__(self, file):
            pass

        def write(self, data):
            raise OSError(28, "No space left on device")

        def flush(self):
            pass

    monkeypatch.setattr(files, "_HashingWriter", Full)
    with pytest.raises(OSError, match="No space left on device"):
        save(path, {"step": 2, "weights": torch.zeros(10_000)})
    assert load(path) == {"step": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["state.pt"]


@pytest.mark.fault
def test_a_failed_write_leaves_the_old_file_and_no_rest(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises(OSError, match="disk full"), atomic_path(path) as part:
        part.write_text("half of the n")
        raise OSError("disk full")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["file.txt"]


@pytest.mark.fault
def test_a_file_system_without_locks_is_worked_on_without_one(tmp_path, monkeypatch):
    def no_locks(lock, timeout):
        raise NotImplementedError("FileSystem does not appear to support flock")

    monkeypatch.setattr(files.FileLock, "acquire", no_locks)
    worked = []
    with files.file_lock(tmp_path / "lock", wait=False):
        worked.append(True)
    assert worked == [True]
