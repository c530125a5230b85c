"""Addresses of the public door."""

from django.urls import path

from public.views import (
    agreed,
    aid,
    appetite,
    authorisations,
    crises,
    events,
    exemptions,
    home,
    keys,
    lists,
    monitors,
    silence,
    verification,
)

app_name = "public"
urlpatterns = [
    path("", home.home, name="home"),
    path("verify/", verification.ask, name="verify"),
    path("verify/<str:number>/", verification.result, name="verification"),
    path("criteria/", agreed.criteria, name="criteria"),
    path("charters/", agreed.charters, name="charters"),
    path("scorecard/", agreed.scorecard, name="scorecard"),
    path("harm/", agreed.harm, name="harm"),
    path("aid/", aid.provider, name="aid"),
    path("aid/goods/", aid.goods, name="aid-goods"),
    path("aid/place/", aid.place, name="aid-place"),
    path("aid/answer/", aid.answer, name="aid-answer"),
    path("grounds/", aid.grounds, name="grounds"),
    path("lists/", lists.lists, name="lists"),
    path("authorisations/", authorisations.index, name="authorisations"),
    path("authorisations/<slug:key>/", authorisations.authorisation, name="authorisation"),
    path("crises/", crises.index, name="crises"),
    path("crises/<str:reference>/", crises.crisis, name="crisis"),
    path("appetite/", appetite.index, name="appetite"),
    path("appetite/<str:reference>/", appetite.change, name="appetite-change"),
    path(".well-known/jwks.json", keys.keys, name="keys"),
    path("deliveries/<str:token>/", monitors.delivery, name="delivery"),
    path("members/", home.members, name="members"),
    path("silence/", silence.silences, name="silence"),
    path("exemptions/", exemptions.exempted, name="exemptions"),
    path("events/", events.index, name="events"),
    path("events/<str:type>/", events.event, name="event"),
    path("events/<str:type>/schema.json", events.schema, name="event-schema"),
    path("problems/", home.problems, name="problems"),
    path("problems/<slug:code>/", home.problems, name="problem"),
    path("accessibility/", home.accessibility, name="accessibility"),
    path("privacy/", home.privacy, name="privacy"),
]
