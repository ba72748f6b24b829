"""pip install with one line of progress: python tools/install.py PIP_ARGUMENT ...

In a terminal the line is redrawn every second, in a log it is printed every 20 seconds. pip's own output is printed
when it fails; the exit status is pip's.
"""

import subprocess
import sys
import threading
import time

REFRESH_S = {True: 1.0, False: 20.0}  # in a terminal, and in a log
LINE_WIDTH = 79


def main() -> int:
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]
    terminal, started = sys.stdout.isatty(), time.monotonic()
    with subprocess.Popen(
        [*command, *sys.argv[1:]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as pip:
        output: list[str] = []
        reader = threading.Thread(target=lambda: output.extend(pip.stdout))
        reader.start()
        while reader.is_alive():
            show(status(output, time.monotonic() - started), terminal)
            reader.join(REFRESH_S[terminal])
    if pip.returncode:
        print("\n" + "".join(output), end="")
    else:
        show(f"Installed {count(output)} packages in {elapsed(time.monotonic() - started)}", terminal)
        print(end="\n" if terminal else "")
    return pip.returncode


def status(output: list[str], seconds: float) -> str:
    """What pip is doing, from its output so far."""
    downloads = [line.split()[1] for line in output if line.strip().startswith("Downloading ")]
    if any(line.startswith("Installing collected packages") for line in output):
        action = "unpacking"
    else:
        action = f"fetching {downloads[-1].rpartition('/')[2].partition('-')[0]}" if downloads else "resolving"
    return f"Installing into .venv: {count(output)} packages, {action}, {elapsed(seconds)} elapsed"


def count(output: list[str]) -> int:
    """How many packages pip has found so far."""
    return len({line.split()[1] for line in output if line.startswith(("Collecting ", "Obtaining "))})


def elapsed(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def show(line: str, terminal: bool) -> None:
    if terminal:
        print(f"\r{line[:LINE_WIDTH]:{LINE_WIDTH}}", end="", flush=True)
    else:
        print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
