"""``python -m skindelta``: the command line, for programs that start it by their own Python."""

from .cli import main

if __name__ == "__main__":
    main()
