"""Whether a subject's record permits what is said of it: honours in force, and nothing that speaks against it."""

from datetime import date

from ecredit.facts.records.queries import current_entries, list_entries
from ecredit.facts.subjects.queries import get_subject, list_merged_ids
from ecredit.foundation.catalog.story_types import StoryKind
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.telling.types import Fault

_GONE = ("注销", "吊销")


def check_standing(catalog: Catalog, kind: StoryKind, subject_id: int, on: date) -> list[Fault]:
    """What of a subject's record does not let it be told of so on a day; by sources of records, never by what they say."""
    if kind.subjects != "shown":
        return []
    subject, ids = get_subject(subject_id), list_merged_ids(subject_id)
    if subject.is_person or not subject.registered:
        return [
            _fault(
                f"{subject.code or '该主体'} 不是登记的单位，不能介绍",
                f"{subject.code or 'the subject'} is no registered organisation and cannot be told of",
            )
        ]
    found = []
    if any(word in subject.status for word in _GONE):
        found.append(
            _fault(
                f"{subject.name} 已{subject.status}",
                f"{subject.name} is no longer registered ({subject.status})",
            )
        )
    standing = {
        entry.source_id
        for entry in current_entries(list_entries(ids), subject_ids=ids, as_of=on)
        if entry.valid_to is None or on < entry.valid_to
    }
    sources = catalog.sources
    if kind.one_of and not standing & set(kind.one_of):
        titles = [sources[id] for id in kind.one_of]
        found.append(
            _fault(
                f"{subject.name} 没有现行有效的{'或'.join(s.title_zh for s in titles)}",
                f"{subject.name} has no record in force of: {' or '.join(s.title_en for s in titles)}",
            )
        )
    for id in kind.none_of:
        if id in standing:
            found.append(
                _fault(
                    f"{subject.name} 有现行的“{sources[id].title_zh}”记录",
                    f"{subject.name} has a record in force of: {sources[id].title_en}",
                )
            )
    return found


def check_subjects(catalog: Catalog, kind: StoryKind, subjects: tuple[int, ...], on: date) -> list[Fault]:
    """The same of all subjects of an article."""
    return [fault for subject in subjects for fault in check_standing(catalog, kind, subject, on)]


def get_kind(catalog: Catalog, kind: str) -> StoryKind:
    """A kind of article by its id. Raises WrongUse."""
    found = catalog.stories.get(kind)
    if found is None:
        raise WrongUse(
            f"没有宣传类别 {kind}；可用：{'、'.join(catalog.stories)}",
            f"there is no kind of article {kind}; there are: {', '.join(catalog.stories)}",
        )
    return found


def _fault(zh: str, en: str) -> Fault:
    return Fault("subjects", 1, "standing", zh, en)
