"""The command `ecredit`.

Exit codes: 0 done, 1 a check the command exists for failed, 2 used wrongly or the input was refused whole. Never a
traceback: what nobody foresaw is written to the home's log folder and said in one sentence.
"""

import argparse
import json
import os
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from ecredit.foundation.kernel.errors import CheckFailed, EcreditError
from ecredit.surface.cli.answer import Answer
from ecredit.surface.cli.commands import build_parser, is_bare
from ecredit.surface.cli.usage import Parser

OK, FAILED, WRONG = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _set_up(arguments)
    # Django reads its settings when it is set up; the commands' modules are loaded after that, by the parser.
    args = build_parser(arguments).parse_args(arguments)
    try:
        answer: Answer = args.run(args, _context(arguments))
        _print(args, answer)
        sys.stdout.flush()
    except EcreditError as error:
        return _refuse(args, error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        print(
            "已中断；再次执行同一命令即可继续 / interrupted; the same command goes on from here",
            file=sys.stderr,
        )
        return WRONG
    except Exception:  # noqa: BLE001 - the process edge: nobody may see a traceback
        return _crash(arguments)
    return answer.code


def _set_up(arguments: Sequence[str]) -> None:
    """Find `--home` before anything else reads it, and set Django up."""
    finder = Parser(prog="ecredit", add_help=False, allow_abbrev=False)
    finder.add_argument("--home")
    known, _ = finder.parse_known_args(arguments)
    if known.home:
        os.environ["ECREDIT_HOME"] = str(Path(known.home).resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if not is_bare(arguments):
        import django  # noqa: PLC0415 - after the environment is set

        django.setup()


def _context(arguments: Sequence[str]) -> object:
    """What the command is given: the running city, or nothing but the time."""
    if is_bare(arguments):
        from ecredit.surface.cli.bare import BareContext  # noqa: PLC0415

        return BareContext()
    from ecredit.surface.cli.context import Context  # noqa: PLC0415

    return Context()


def _print(args: argparse.Namespace, answer: Answer) -> None:
    if getattr(args, "json", False):
        json.dump(answer.document, sys.stdout, ensure_ascii=False, indent=2, default=str)
        print()
    else:
        for line in answer.lines:
            print(line)


def _refuse(args: argparse.Namespace, error: EcreditError) -> int:
    code = FAILED if isinstance(error, CheckFailed) else WRONG
    print(f"ecredit: {error}", file=sys.stderr)
    if getattr(args, "json", False):
        document = {"error": {"code": error.code, "zh": error.zh, "en": error.en}}
        json.dump(document, sys.stdout, ensure_ascii=False, indent=2)
        print()
    return code


def _crash(arguments: Sequence[str]) -> int:
    """Keep the traceback where the operator can send it from, without the values of variables."""
    folder = Path(os.environ.get("ECREDIT_HOME", "home")).resolve() / "log"
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    where = "stderr"
    if folder.is_dir():
        path = folder / f"crash-{stamp}.txt"
        path.write_text(f"{arguments[:1]}\n{traceback.format_exc()}", encoding="utf-8")
        where = str(path)
    last = traceback.format_exc().strip().splitlines()[-1][:300]
    print(
        f"ecredit: 出现没有预料到的错误，已记录在 {where}；请把它交给维护人员 / "
        f"an unforeseen error was recorded in {where}; please pass it to the maintainers ({last})",
        file=sys.stderr,
    )
    return WRONG


def run() -> NoReturn:
    """Entry point that ends the process."""
    sys.exit(main())


if __name__ == "__main__":
    run()
