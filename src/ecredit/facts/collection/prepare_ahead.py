"""Preparing the next block while the one before it is being posted: in a thread, or for a long text in a process."""

import pickle
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Self, cast

import ecredit
from ecredit.facts.collection.prepare import Prepared
from ecredit.facts.collection.prepare_worker import Request, unpack
from ecredit.foundation.catalog.folder import SETTING
from ecredit.foundation.catalog.types import Source
from ecredit.foundation.kernel.errors import EcreditError, InputRefused

# A process needs a second to start, in which some ten thousand rows could have been prepared.
LONG_FILE = 32 << 20

_WORKER = "ecredit.facts.collection.prepare_worker"


def ahead(blocks: Iterator[Prepared]) -> Iterator[Prepared]:
    """The blocks, each fetched in another thread while the one before it is in use."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="prepare") as pool:
        coming = pool.submit(next, blocks, None)
        while (block := coming.result()) is not None:
            coming = pool.submit(next, blocks, None)
            yield block


class PreparingChild:
    """A process that will prepare a text file; use it as a context manager, its end is the process's."""

    def __init__(self, catalog: Path) -> None:
        """Start it, with the folder of the city's rules: what it must load takes a second, in which the file is opened."""
        package = str(Path(ecredit.__file__).parents[1])
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", _WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": package, "LANG": "C.UTF-8", "PYTHONUTF8": "1", SETTING: str(catalog)},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def blocks(self, request: Request, source: Source) -> Iterator[Prepared]:
        """The blocks as it prepares them. Raises InputRefused when it refuses the file, EcreditError when it dies."""
        asked, answers = cast("IO[bytes]", self._process.stdin), cast("IO[bytes]", self._process.stdout)
        try:
            pickle.dump(request, asked)
            asked.flush()
            while True:
                kind, *told = pickle.load(answers)  # noqa: S301 - from our own child, through its pipe
                if kind == "block":
                    yield unpack(told[0], source, request.received_on)
                elif kind == "done":
                    return
                elif kind == "refused":
                    raise InputRefused(told[0], told[1], **told[2])
                else:
                    raise RuntimeError(f"preparing failed:\n{told[0]}")
        except (EOFError, BrokenPipeError, pickle.UnpicklingError) as error:
            raise EcreditError(
                "读取和检查数据的子进程中断；再次执行同一命令即可继续",
                "the process that reads and checks the rows was cut off; the same command goes on from here",
            ) from error


@contextmanager
def child_for(path: Path, catalog: Path) -> Iterator[PreparingChild | None]:
    """A child for a long file, nobody for a short one."""
    if path.stat().st_size < LONG_FILE:
        yield None
        return
    with PreparingChild(catalog) as child:
        yield child
