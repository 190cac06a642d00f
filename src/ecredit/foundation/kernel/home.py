"""The home: the one folder that holds everything a running platform keeps.

Nothing outside it is written. The operational and the public database are separate files so that the
public side can be copied, served and read without the other.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ecredit.foundation.kernel.errors import WrongUse

_PRIVATE = 0o700


@dataclass(frozen=True, slots=True)
class Home:
    """Paths below one root. Properties only name places; :meth:`ensure` makes the folders."""

    root: Path

    @property
    def operational_db(self) -> Path:
        """SQLite file of subjects, records, batches, accounts (when no other database is set)."""
        return self.root / "ecredit.sqlite3"

    @property
    def public_db(self) -> Path:
        """SQLite file with what is public now, and nothing else."""
        return self.root / "public.sqlite3"

    @property
    def badges_db(self) -> Path:
        """SQLite file with what everyone may see of badges: it follows the operational database, and can be copied beside
        the public one."""
        return self.root / "badges.sqlite3"

    @property
    def stories_db(self) -> Path:
        """SQLite file with the articles that are shown now: it follows the operational database, and can be copied beside the
        public one."""
        return self.root / "stories.sqlite3"

    @property
    def public_log_db(self) -> Path:
        """SQLite file with the tiles and published heads of the log: it follows the operational database, and can be copied
        beside the public one."""
        return self.root / "public-log.sqlite3"

    @property
    def credit_reports(self) -> Path:
        """Folder of today's public credit reports as they were signed; older ones are not kept."""
        return self.root / "credit-reports"

    @property
    def lake(self) -> Path:
        """Folder of columnar files, written once."""
        return self.root / "lake"

    @property
    def landing(self) -> Path:
        """Folder of received files, sealed, as they came."""
        return self.root / "landing"

    @property
    def keys(self) -> Path:
        """Folder of secret keys, readable by the owner only."""
        return self.root / "keys"

    @property
    def reports(self) -> Path:
        """Folder of problem reports and marked workbooks."""
        return self.root / "reports"

    @property
    def log(self) -> Path:
        """Folder of the transparency log: its public key, and its signed heads once more."""
        return self.root / "log"

    @property
    def public_key(self) -> Path:
        """File with the log's public key, to be published."""
        return self.log / "public-key.txt"

    @property
    def city_keys(self) -> Path:
        """File with the city's public keys, to be published: what badges are checked with."""
        return self.log / "city-keys.json"

    @property
    def heads(self) -> Path:
        """File with every signed head of the log, one a line; only ever appended to."""
        return self.log / "heads.jsonl"

    @property
    def stamps(self) -> Path:
        """Folder of the time stamps on published heads, each named after the head's size."""
        return self.log / "stamps"

    @contextmanager
    def alone_in_lake(self) -> Iterator[None]:
        """Write the lake and what follows from it while no other process does; waits until the other is done."""
        with (self.root / "lake.lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def alone_in_trade(self) -> Iterator[None]:
        """Write the lake of trade while no other process does; waits until the other is done."""
        with (self.root / "trade.lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def alone_in_public(self) -> Iterator[None]:
        """Write the public database while no other process does; waits until the other is done."""
        with (self.root / "public.lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def alone_in_badges(self) -> Iterator[None]:
        """Issue or revoke badges while no other process does; waits until the other is done."""
        with (self.root / "badges.lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def alone_in_stories(self) -> Iterator[None]:
        """Show or end articles while no other process does; waits until the other is done."""
        with (self.root / "stories.lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def alone_in_credit_reports(self) -> Iterator[None]:
        """Issue credit reports while no other process does; waits until the other is done."""
        with (self.root / "credit-reports.lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def ensure(self) -> Home:
        """Make every folder that is missing; returns self.

        Folders with personal data or secrets (the root, landing, keys, lake, reports) are opened to their
        owner only; an existing root or key folder that is open to others is closed. Raises WrongUse when a path
        is taken by a file or cannot be written.
        """
        try:
            for folder in (self.root, self.lake, self.landing, self.keys, self.reports, self.log):
                folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
            # A folder that was there before may stand open; what lies in it is personal.
            if self.root.stat().st_mode & 0o077:
                self.root.chmod(_PRIVATE)
            self.keys.chmod(_PRIVATE)
        except OSError as error:
            raise WrongUse(
                f"无法建立数据目录 {self.root}：{error.strerror}。请换一个目录或检查权限。",
                f"Cannot make the home {self.root}: {error.strerror}. Choose another folder.",
                path=str(self.root),
            ) from error
        return self
