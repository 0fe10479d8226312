"""The command line: one file per command."""

from .app import main as main
