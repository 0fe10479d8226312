"""Run the benchmarks named on the command line, or all of them, and print their tables as Markdown."""

import importlib
import pkgutil
import sys

import benchmarks

NOT_CLAIMS = {"__main__", "timing", "machine", "peer", "geomstats_peer", "geometry_cases", "geometry_truth"}


def main(names: list[str]) -> int:
    known = sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__) if m.name not in NOT_CLAIMS)
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"There is no benchmark {unknown[0]!r}; there are: {', '.join(known)}.", file=sys.stderr)
        return 2
    from benchmarks.machine import describe

    print(describe(), "\n")
    for name in names or known:
        module = importlib.import_module(f"benchmarks.{name}")
        print(f"## {name}\n\n{(module.__doc__ or '').strip()}\n", flush=True)
        for line in module.run():
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
