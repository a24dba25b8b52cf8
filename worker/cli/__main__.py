"""`python -m worker.cli`: the command where no script is installed."""

from worker.cli.root import main

if __name__ == "__main__":
    main()
