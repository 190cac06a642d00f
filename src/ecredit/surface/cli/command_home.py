"""ecredit init: makes a home."""

import argparse
import secrets

from django.conf import settings
from django.core.management import call_command
from django.db import transaction

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.models import LogState
from ecredit.foundation.kernel.errors import EcreditError
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.checkpoint import verifier_key
from ecredit.foundation.proof.keys import KeyRing
from ecredit.service.operation.schema import check_schema, is_made
from ecredit.service.publicity.store import create_store
from ecredit.surface.cli.answer import Answer
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare `init`."""
    parser = commands.add_parser("init", parents=[everywhere], help="建立数据目录 make a home")
    parser.add_argument(
        "--origin", default="ecredit.local/log", help="透明日志名称 the log's name in its signed heads"
    )
    parser.set_defaults(run=run_init)


def run_init(args: argparse.Namespace, context: Context) -> Answer:
    """Make the home; doing it again changes nothing."""
    home = make_home(context, origin=args.origin)
    document = {"home": str(home.root), "public_key": home.public_key.read_text().strip()}
    return Answer(
        document, [f"数据目录已就绪 home is ready: {home.root}", f"公钥 public key: {document['public_key']}"]
    )


def make_home(context: Context, *, origin: str = "ecredit.local/log") -> Home:
    """The home with its databases and keys, made or made whole. Raises HomeTooOld or HomeTooNew, with what to do."""
    home = Home(settings.ECREDIT_HOME).ensure()
    fresh = not (home.keys / "index.key").exists()
    ring = KeyRing.create(home.keys) if fresh else KeyRing.load(home.keys)
    secret = home.keys / "django_secret"
    if not secret.exists():
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_urlsafe(48))
    if is_made():
        # A home with something in it is changed by `upgrade` only, which backs it up first.
        check_schema()
    call_command("migrate", interactive=False, verbosity=0)
    if home.operational_db.exists():
        home.operational_db.chmod(0o600)
    create_store(home.public_db)
    with transaction.atomic():
        state, new = LogState.objects.get_or_create(id=1, defaults={"origin": origin})
        if new:
            log = OpenLog(ring, context.now)
            detail = {"origin": state.origin, "edition": context.catalog.edition}
            post_journal(log, by=context.operator, verb="home.init", about="home", detail=detail)
            log.seal()
    _publish_key(home, verifier_key(state.origin, ring.log_key))
    return home


def _publish_key(home: Home, key: str) -> None:
    """Write the log's public key, once: what was published is never replaced by another. Raises EcreditError."""
    if not home.public_key.exists():
        home.public_key.write_text(key + "\n")
    elif home.public_key.read_text().strip() != key:
        raise EcreditError(
            f"{home.public_key} 中公布的公钥不是 keys/ 中日志密钥的；请从备份恢复原来的密钥",
            f"the published key in {home.public_key} is not that of the log key in keys/; restore the right key",
        )
