"""``python -m bot`` is ``dateline``."""

from bot.entrypoints.cli.main import main

if __name__ == "__main__":
    main()
