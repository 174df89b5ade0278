"""`python -m smimebatch` is the command `smimebatch`."""

from smimebatch.cli import main

if __name__ == "__main__":
    main()
