"""Ctrl-C, a notebook's stop button and SIGTERM: finish the current step, then stop."""

import signal
import threading
from types import FrameType
from typing import Any

from gan_hw.utils.messages import say


class Stopped(KeyboardInterrupt):
    """Raised for a stop signal that was held back until the current step was done."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: one line in place of a traceback, which would look like a fault to a student."""
        return [say("Stopped: the cells below were not run; run this one again to resume.")]


class StopRequest:
    """A stop signal, held back until the current step is done; a second one interrupts at once.

    Inside its `with` block, `signal` is the number of the SIGINT or SIGTERM received so far, or None. Python handles
    signals in the main thread only; in other threads this does nothing.
    """

    def __enter__(self) -> "StopRequest":
        self.signal: int | None = None
        self._previous_handlers: dict[signal.Signals, Any] = {}
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._previous_handlers[number] = signal.signal(number, self._on_signal)
        return self

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self.signal:
            raise KeyboardInterrupt
        self.signal = number

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous_handlers.items():
            signal.signal(number, handler)

    def raise_if_stopped(self, message: str) -> None:
        """If a signal was held back, print `message` and raise: SystemExit after SIGTERM, Stopped after SIGINT."""
        if self.signal:
            print(message, flush=True)
            if self.signal == signal.SIGTERM:
                raise SystemExit(128 + signal.SIGTERM)
            raise Stopped("Stopped")
