"""One file for each claim about speed, each against a named peer: `python -m benchmarks [NAME ...]`."""
