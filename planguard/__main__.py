"""`python -m planguard`."""

from planguard.cli.main import main

if __name__ == "__main__":
    main()
