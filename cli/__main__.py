"""``python -P -m cli``: the same as ``listkeeper``, for child processes."""

if __name__ == "__main__":
    # Not above: each crawl, which is a process, loads this module again and needs none of it.
    from cli.main import main

    main()
