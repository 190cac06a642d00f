"""The public's addresses (promised to others: `/`, `/s/<code>`)."""

from django.urls import path

from ecredit.surface.portal import (
    page_about,
    page_home,
    page_lists,
    page_objection,
    page_ratings,
    page_subject,
)

app_name = "portal"
urlpatterns = [
    path("", page_home.home, name="home"),
    path("s/<path:code>", page_subject.subject, name="subject"),
    path("lists", page_lists.lists, name="lists"),
    path("lists/district/<str:code>", page_lists.district, name="district"),
    path("lists/platform/<str:key>", page_lists.platform, name="platform"),
    path("lists/<str:section>", page_lists.section, name="list"),
    path("objection", page_objection.objection, name="objection"),
    path("ratings", page_ratings.ratings, name="ratings"),
    path("about", page_about.about, name="about"),
    path("robots.txt", page_about.robots, name="robots"),
]
