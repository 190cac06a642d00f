"""Campaigns as an iCalendar file (RFC 5545): whole days, so that they stand on the same days in every time zone."""

from collections.abc import Sequence
from datetime import timedelta

from icalendar import Calendar, Event

from ecredit.foundation.kernel.languages import Lang
from ecredit.service.telling.public_stories import StoryHead

MEDIA = "text/calendar; charset=utf-8"


def calendar_file(heads: Sequence[StoryHead], *, lang: Lang, host: str, site: str, name: str) -> bytes:
    """The file of these campaigns. `host` makes their ids the world's only ones; `site` leads to the articles, "" for no link.

    The same in, the same out: what a calendar keeps of a campaign is replaced when its version grows.
    """
    calendar = Calendar()
    calendar.add("prodid", f"-//{host}//ecredit//ZH")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    for head in heads:
        if head.starts_on is None or head.ends_on is None:
            continue
        event = Event()
        event.add("uid", f"story-{head.number}@{host}")
        event.add("dtstamp", head.shown_at.replace(microsecond=0))
        event.add("sequence", head.version - 1)
        event.add("dtstart", head.starts_on)
        # The day after the last: an end is not part of what it ends.
        event.add("dtend", head.ends_on + timedelta(days=1))
        event.add("summary", head.title(lang))
        event.add("description", head.summary(lang))
        place = head.place_en if lang == "en" and head.place_en else head.place_zh
        event.add("location", place)
        event.add("transp", "TRANSPARENT")
        if site:
            event.add("url", f"{site}/stories/{head.number}")
        calendar.add_component(event)
    made: bytes = calendar.to_ical()
    return made
