"""Being told to end, by Ctrl-C, a notebook's stop button or SIGTERM: finish the step at hand, then obey."""

import signal
import threading


class Stopped(KeyboardInterrupt):
    """A wish to stop that was waited with, and is obeyed now."""

    def _render_traceback_(self):
        """What a notebook shows: not how deep in the kit it was, which looks like a fault to a student."""
        return [f"{self}: the cells below were not run; run this one again to go on."]


class StopRequest:
    """Turns the first SIGINT or SIGTERM into a wish to stop, so that the step at hand ends; a second one acts at once.

    Signals can be caught in the main thread only; elsewhere this does nothing.
    """

    def __enter__(self):
        self.signal, self._former = None, {}
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._former[number] = signal.signal(number, self._wish)
        return self

    def _wish(self, number, _frame):
        if self.signal:
            raise KeyboardInterrupt
        self.signal = number

    def __exit__(self, *_):
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def pass_on(self, message):
        """Let the caller know of the interruption that was waited with, if there was one."""
        if self.signal:
            print(message, flush=True)
            if self.signal == signal.SIGTERM:
                raise SystemExit(128 + signal.SIGTERM)
            raise Stopped("Stopped")
