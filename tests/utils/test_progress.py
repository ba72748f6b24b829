"""The progress display in each of the places where somebody may look at it."""

from unittest import mock

import pytest
from jupyter_client.manager import start_new_kernel

from gan_hw.utils import progress
from gan_hw.utils.progress import Progress, format_duration


def shown(monkeypatch, place, steps=200):
    monkeypatch.setattr(progress, "output_mode", lambda: place)
    display = Progress("Training", "steps")
    for done in range(1, steps + 1):
        display.update(done, steps, loss_d="0.5")
    display.close()


def test_a_log_gets_few_plain_lines_on_stdout(monkeypatch, capsys):
    shown(monkeypatch, "log")
    captured = capsys.readouterr()
    assert captured.err == ""
    assert len(captured.out.splitlines()) == 1
    assert captured.out.startswith("Training: 200/200 steps, 0:00 elapsed, 0:00 remaining, loss_d 0.5")
    assert progress.is_progress_line(captured.out.splitlines()[0])


def test_an_hour_long_log_stays_under_a_few_hundred_lines(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(progress, "output_mode", lambda: "log")
    display = Progress("Training")
    for second in range(3600):
        now[0] = float(second)
        display.update(second, 3600)
    assert 100 < len(capsys.readouterr().out.splitlines()) < 300


def test_a_terminal_gets_a_bar_on_stderr_that_ends_with_a_line_break(monkeypatch, capsys):
    shown(monkeypatch, "terminal")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "200/200" in captured.err
    assert "loss_d=0.5" in captured.err
    assert captured.err.endswith("\n")


def test_a_notebook_gets_qqdm_and_without_it_plain_lines(monkeypatch, capsys):
    bars = []

    class Bar:
        def __init__(self, total, desc):
            self.n, self.infos = 0, {}
            bars.append(self)

        def set_infos(self, infos):
            self.infos = infos

        def update(self, n):
            self.n += n

    monkeypatch.setattr("qqdm.notebook.qqdm", Bar)
    shown(monkeypatch, "notebook")
    assert bars[0].n == bars[0].total == 200
    assert bars[0].infos == {"loss_d": "0.5"}
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(progress, "_has_qqdm", lambda: False)
    shown(monkeypatch, "notebook")
    assert "200/200 steps" in capsys.readouterr().out


def test_the_real_qqdm_takes_our_calls(monkeypatch):
    handle = mock.Mock()  # outside a kernel there is nothing to update
    monkeypatch.setattr("qqdm.notebook.display", mock.Mock(return_value=handle))
    shown(monkeypatch, "notebook", steps=3)
    assert "0.5" in repr(handle.update.call_args.args[0])


def test_quiet_shows_nothing(capsys):
    display = Progress("Training", quiet=True)
    display.update(5, 5)
    display.close()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (754, "12:34"), (3661, "1:01:01")])
def test_durations_are_minutes_and_seconds(seconds, text):
    assert format_duration(seconds) == text


@pytest.mark.parametrize(("person", "place"), [(True, "notebook"), (False, "log")])
def test_a_kernel_knows_a_person_from_a_program(person, place):
    """A front end with a person can be asked for input; papermill and nbval say that they can't."""
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        outputs = []
        code = "from gan_hw.utils.notebook import output_mode; print(output_mode())"
        client.execute_interactive(code, allow_stdin=person, output_hook=outputs.append, timeout=60)
        assert "".join(m["content"]["text"] for m in outputs if m["msg_type"] == "stream").strip() == place
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
