"""Writing articles: versions, which are only added, and the pictures they use."""

from collections.abc import Collection
from datetime import datetime
from secrets import token_hex

from django.db import transaction
from django.db.models import Max

from ecredit.facts.actors.approval_queries import list_waiting_about
from ecredit.facts.actors.errors import NotAllowed
from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.foundation.catalog.story_types import StoryKind
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.sealing import Sealer
from ecredit.service.telling.draft_rules import (
    check_content,
    check_names,
    content_of,
    digest_of,
    document_of,
    mask_content,
)
from ecredit.service.telling.errors import StoryFaults
from ecredit.service.telling.known_names import list_known
from ecredit.service.telling.models import Story, StoryPicture, StoryVersion
from ecredit.service.telling.picture_rules import read_picture
from ecredit.service.telling.standing import get_kind
from ecredit.service.telling.story_rows import (
    draft_detail,
    get_story,
    newest_version,
    picture_about,
    picture_detail,
    story_about,
    version_about,
)
from ecredit.service.telling.types import DRAFTED, PICTURED, Content, Fault, PictureFile


def write_story(
    *,
    catalog: Catalog,
    ring: KeyRing,
    content: Content,
    organisation: str,
    roles: Collection[str],
    by: Actor,
    at: datetime,
    number: int | None = None,
    mask: bool = False,
) -> tuple[int, int]:
    """Keep a version, of a new article or of `number`; gives number and version.

    With `mask`, what names somebody it may not is masked first; without, it keeps the version from being written, so that nothing
    of it is kept. Raises StoryFaults with every place, NotAllowed for a role that may not write the kind, and WrongUse when the
    article waits for agreement or nothing would change.
    """
    kind = get_kind(catalog, content.kind)
    check_role(kind, kind.write, roles)
    known = list_known(catalog, content, kind, Sealer(ring))
    if mask:
        content = mask_content(content, kind, known)
    faults = [
        *check_content(content, kind),
        *check_names(content, kind, known),
        *_pictures_there(content),
        *_campaign_known(catalog, content),
    ]
    if faults:
        raise StoryFaults(faults)
    document = document_of(content, secret=token_hex(16) if kind.subjects == "hidden" else "")
    with transaction.atomic():
        log = OpenLog(ring, at)
        if number is None:
            last = Story.objects.aggregate(last=Max("number"))["last"] or 0
            story = Story.objects.create(number=last + 1, kind=kind.id, organisation=organisation)
            version = 1
        else:
            story = get_story(number)
            _check_writable(story, kind, content)
            version = newest_version(story).version + 1
        digest = digest_of(document)
        about = version_about(story.number, version)
        detail = draft_detail(digest, story.organisation)
        leaf = post_journal(log, by=by, verb=DRAFTED, about=about, detail=detail)
        StoryVersion.objects.create(
            story=story,
            version=version,
            document=document,
            digest=digest,
            made_at=log.at,
            made_by=by.who,
            leaf=leaf,
        )
        log.seal()
    return story.number, version


def check_role(kind: StoryKind, wanted: Collection[str], roles: Collection[str]) -> None:
    """Raises NotAllowed unless one of the roles is among those the kind names."""
    if not set(roles) & set(wanted):
        raise NotAllowed(
            f"您的角色不能起草或复核“{kind.zh}”；见 catalog/stories.yaml",
            f"your roles may not write or agree to: {kind.en}; see catalog/stories.yaml",
            kind=kind.id,
        )


def add_picture(*, content: bytes, ring: KeyRing, by: Actor, at: datetime) -> PictureFile:
    """Take a picture in, drawn anew; the same one again is the same. Raises PictureRefused."""
    picture = read_picture(content)
    with transaction.atomic():
        log = OpenLog(ring, at)
        if StoryPicture.objects.filter(digest=picture.digest).exists():
            return picture
        leaf = post_journal(
            log,
            by=by,
            verb=PICTURED,
            about=picture_about(picture.digest),
            detail=picture_detail(picture),
        )
        StoryPicture.objects.create(
            digest=picture.digest,
            media=picture.media,
            width=picture.width,
            height=picture.height,
            body=picture.body,
            small=picture.small,
            made_at=log.at,
            made_by=by.who,
            leaf=leaf,
        )
        log.seal()
    return picture


def _check_writable(story: Story, kind: StoryKind, content: Content) -> None:
    if story.kind != kind.id:
        raise WrongUse("文章的类别不能改；请另写一篇", "an article keeps its kind; write another")
    if list_waiting_about([story_about(story.number)]):
        raise WrongUse(
            "这篇文章正在等待复核；先撤回提请，再改",
            "this article waits for another person's agreement; take the request back first",
        )
    if content_of(newest_version(story).document) == content:
        raise WrongUse("内容没有改动", "nothing would change")


def _campaign_known(catalog: Catalog, content: Content) -> list[Fault]:
    found = []
    if content.campaign is not None and content.campaign.department not in catalog.departments:
        found.append(Fault("campaign", 1, "department", "没有选承办部门", "no department is chosen"))
    if content.campaign is not None and not content.campaign.tasks:
        found.append(
            Fault(
                "campaign", 1, "tasks", "没有选属于哪项任务", "it is not said for which of the city's tasks"
            )
        )
    tasks = {task.id for task in catalog.tasks}
    for unknown in sorted(set(() if content.campaign is None else content.campaign.tasks) - tasks):
        found.append(Fault("campaign", 1, "tasks", f"没有任务 {unknown}", f"there is no task {unknown}"))
    return found


def _pictures_there(content: Content) -> list[Fault]:
    wanted = {picture.digest for picture in content.pictures}
    there = set(StoryPicture.objects.filter(digest__in=wanted).values_list("digest", flat=True))
    return [
        Fault(
            "pictures", 1, "missing", "图片没有上传成功，请重传", "a picture was not uploaded; send it again"
        )
        for _ in wanted - there
    ]
