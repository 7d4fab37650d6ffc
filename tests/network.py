"""The sample network of the tests."""

#: Each test has its own chatbots, so that tests are independent of order. All have a real server.
SAMPLES = [
    {"name": "opening-hours", "institution": "tallinn-library"},
    {"name": "demo-failing", "institution": "tallinn-library", "versions": {"demo-engine": "1.4.0"}},
    {"name": "demo-outdated", "institution": "tax-board", "versions": {"demo-engine": "1.3.2"}},
    {"name": "demo-current", "type": "ministry", "institution": "social-affairs",
     "versions": {"demo-engine": "1.5.0", "demo-widget": "2.0.0"}},
    {"name": "delta-moved"},
    {"name": "delta-removed"},
    {"name": "counted-once"},
    {"name": "counted-twice-invoked"},
    {"name": "behind-poison"},
    {"name": "damaged"},
    {"name": "beside-damaged"},
    {"name": "own-logs"},
    {"name": "own-counts"},
    {"name": "masked-logs", "institution": "masked-institution"},
    {"name": "paged-logs", "institution": "masked-institution"},
    *({"name": f"otlp-{name}"} for name in ("none", "gzip", "javascript", "repeated", "future", "refused")),
    *({"name": f"chat-{name}", "institution": "chat-institution"} for name in ("read", "changed", "confirmed", "hooked", "topic")),
    {"name": "event-guide", "institution": "event-institution", "versions": {"event-component": "1.0.0"}},
    {"name": "event-changed", "institution": "event-institution"},
    {"name": "event-removed", "institution": "event-institution"},
    {"name": "health-failing"},
    {"name": "health-history"},
    {"name": "health-disputed"},
    {"name": "health-disagreed"},
    {"name": "health-own-log"},
    {"name": "health-forced"},
    {"name": "health-own-policy"},
    {"name": "written", "institution": "written-institution"},
    {"name": "not-moved", "institution": "written-institution"},
    {"name": "owned", "institution": "owned-institution"},
    {"name": "route-topic"},
    {"name": "own-state"},
    {"name": "own-state-held"},
]  # fmt: skip

#: Chatbots that tests delete.
DELETED = {"event-removed", "delta-removed"}
#: Chatbots that tests take out of routing for a while.
TAKEN_OUT = {
    "chat-changed", "chat-confirmed", "chat-hooked", "chat-topic", "demo-failing", "event-changed", "health-disputed", "health-disagreed", "health-failing", "health-forced",
    "health-own-log", "health-own-policy", "own-state", "own-state-held", "route-topic",
}  # fmt: skip
