"""python -m gan_hw COMMAND."""

from gan_hw.cli import console

if __name__ == "__main__":
    console()
