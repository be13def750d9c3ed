"""`python -m ghapp` is `ghapp`."""

from ghapp.cli import main

main(prog_name="ghapp")
