"""The public's addresses (promised to others: `/`, `/s/<code>`)."""

from django.urls import path

from ecredit.surface.portal import (
    page_about,
    page_data,
    page_help,
    page_home,
    page_lists,
    page_log,
    page_machines,
    page_monitor,
    page_objection,
    page_ratings,
    page_rules,
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
    path("rules", page_rules.rules, name="rules"),
    path("rules/<str:chapter>", page_rules.chapter, name="rule"),
    path("log", page_log.log, name="log"),
    path("log/head.txt", page_log.head_file, name="log_head"),
    path("log/key.txt", page_log.key_file, name="log_key"),
    path("complaints", page_help.complaints, name="complaints"),
    path("developers", page_help.developers, name="developers"),
    path("accessibility", page_help.accessibility, name="accessibility"),
    path("ratings", page_ratings.ratings, name="ratings"),
    path("monitor", page_monitor.monitor, name="monitor"),
    path("monitor/<slug:platform>/<slug:period>", page_monitor.report, name="monitor_report"),
    path("monitor/<slug:platform>/<slug:period>.<slug:kind>", page_monitor.report_file, name="monitor_file"),
    path("about", page_about.about, name="about"),
    path("data", page_data.data, name="data"),
    path("data/dictionary.json", page_data.dictionary_file, name="dictionary"),
    path("data/catalogue.jsonld", page_data.catalogue_file, name="catalogue"),
    path("data/<str:table>.<str:form>", page_data.table_file, name="data_file"),
    path("feed.xml", page_machines.feed, name="feed"),
    path("sitemap.xml", page_machines.sitemap, name="sitemap"),
    path("sitemap-<str:part>.xml", page_machines.sitemap_part, name="sitemap_part"),
    path("robots.txt", page_machines.robots, name="robots"),
]
