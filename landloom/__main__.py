"""Start the engine: `python -m landloom …`, or by its path in isolated mode, as QGIS does.

Started by path, this copy of the engine runs and no other that may be installed beside it.
"""

import sys

if not __package__:
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def main() -> int:
    """Run the worker or the command line; returns the exit status."""
    if sys.argv[1:] == ["worker"]:
        from landloom import worker

        return worker.main()
    from landloom import cli

    return cli.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
