"""``python -P -m cli``: the same as ``listkeeper``, for child processes."""

from cli.main import main

if __name__ == "__main__":
    main()
