"""The faults of the game day, as data: what is broken, the alarm that must ring and when, the runbook that ends it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from centops_local.instance import DOMAIN, ROOT

from . import plays
from .runbook import Section

if TYPE_CHECKING:
    from .game_stack import GameStack

#: Breaks something, or is what people outside CentOps do.
Play = Callable[["GameStack"], None]


@dataclass(frozen=True, eq=False)
class Fault:
    """A fault."""

    name: str
    #: What is broken, and what is expected of it.
    text: str
    play: Play
    alarm: str
    #: The minutes within which the alarm must ring.
    minutes: int
    #: The section whose commands end the fault.
    section: Section
    #: What others do in the meantime: the issuer's operator, the gateway. It comes before the section's commands.
    others: Play | None = None
    #: What AWS does after the commands and the local stack does not.
    then: Play | None = None
    #: What is done when the stack is whole, so that it is as it was.
    after: Play | None = None


def _by_hand(heading: str, **values: str) -> Section:
    return Section("changed-by-hand", heading, values)


def _right(name: str, function: str, action: str, text: str, alarm: str, minutes: int, more: Play | None = None) -> Fault:
    """Returns a fault: a role is denied an action."""
    section = _by_hand("A right is missing", function=function, policy=plays.POLICY)
    return Fault(name, text, plays.all_of(plays.deny(function, action), more), alarm, minutes, section)


def _mapping(name: str, function: str, text: str, alarm: str, minutes: int, more: Play | None = None) -> Fault:
    """Returns a fault: a function's mappings are disabled."""
    section = _by_hand("A queue or stream is not read", function=function)
    return Fault(name, text, plays.all_of(plays.disable_mappings(function), more), alarm, minutes, section)


def _schedule(name: str, resource: str, text: str, alarm: str, minutes: int) -> Fault:
    """Returns a fault: the schedule of a function is disabled."""
    return Fault(name, text, plays.disable_schedule(resource), alarm, minutes, _by_hand("A schedule is disabled"))


#: The faults by wave. Those of a wave are played at the same time: none hides another, and each has an alarm of its own.
WAVES = [
    [
        _right("codes-right", "ingest-codes", "*", "Reports of DMRs cannot be counted: they wait, in order.",
            "CodesDelayAlarm", 10),
        _mapping("logs-mapping", "ingest-logs", "Nothing reads the logs of chatbots.", "LogsDelayAlarm", 10),
        _mapping("events-mapping", "fan-out", "Events are queued and nobody is told.", "EventsDelayAlarm", 15,
            plays.route_change),
        _mapping("incidents-mapping", "track-incidents", "Incidents do not follow events.", "IncidentsDelayAlarm", 15,
            plays.route_change),
        Fault("routes-topic", "The routes topic is deleted: changes wait in the stream, DMRs that poll go on.",
            plays.all_of(plays.delete_routes_topic, plays.route_change), "PublishRoutesLateAlarm", 9,
            _by_hand("The routes topic is gone")),
        _schedule("notifications-schedule", "SweepNotifications", "Nothing says how late notifications are.",
            "NotificationAgeAlarm", 10),
        _schedule("snapshot-schedule", "SnapshotRoutes", "Nothing makes snapshots of the route table.",
            "SnapshotOldAlarm", 15),
        _mapping("sweeps-mapping", "sweep-recovery", "No chatbot is handed out to be probed.", "RecoveryLateAlarm", 9),
        _right("prober-right", "schedule-probes", "sqs:*", "The run that queues the sweeps fails each minute.",
            "MinuteRunsFailAlarm", 6),
        _right("credentials-right", "check-credentials", "dynamodb:*", "Nobody is told that a certificate ends.",
            "SeldomRunFailsAlarm", 8),
        _right("admin-right", "list-chatbots", "dynamodb:*", "An operation of the Admin API fails.",
            "AdminApiFailsAlarm", 8),
    ],
    [
        Fault("codes-poison", "Reports that cannot be read do not hold up the others: they are dead letters at once.",
            plays.poison("CodesQueue"), "CodesDeadLettersAlarm", 3,
            Section("dead-letters", "Drop them", {"dead-letter queue": "CodesDeadLetters"})),
        _right("announce-right", "announce", "sqs:*", "Events wait in the stream of the table.", "AnnounceLateAlarm", 9,
            plays.route_change),
        _right("deliver-right", "deliver-notifications", "*", "Notifications are due and not delivered.",
            "NotificationAgeAlarm", 22, plays.test_message),
        _schedule("probes-schedule", "ScheduleProbes", "Nothing queues the sweeps.", "SilenceLateAlarm", 10),
    ],
    [
        Fault("truststore", "The truststore lacks the authority of all clients: no handshake succeeds.",
            plays.foreign_truststore, "NetworkApiUnusedAlarm", 10,
            _by_hand("The truststore lacks an authority", domain=DOMAIN), then=plays.restart_edge),
        Fault("issuer-clock", "The issuer's clock is 200 seconds ahead: every new token is refused.",
            plays.skew_tokens, "AdminApiRefusesAlarm", 8, _by_hand("The issuer's clock is wrong"),
            after=plays.correct_clock),
    ],
    [
        _right("authorizer-right", "authorize", "dynamodb:*", "No caller can be recognised.", "AuthorizerFailsAlarm", 6),
        Fault("console-bucket", "The bucket of the console and of the status page is gone.",
            plays.delete_console_bucket, "MinuteRunsFailAlarm", 6,
            _by_hand("The console's bucket is gone or empty", checkout=str(ROOT))),
    ],
    [
        Fault("key-set", "The issuer's keys are away when an environment starts: tokens cannot be checked.",
            plays.all_of(plays.stop_issuer, plays.renew("authorize")), "AuthorizerFailsAlarm", 6,
            _by_hand("The issuer does not answer"), others=plays.start_issuer),
        Fault("routes-secret", "The signing secret has no key: new environments cannot sign routes.",
            plays.all_of(plays.break_routes_secret, plays.renew("get-routes")), "NetworkApiFailsAlarm", 8,
            _by_hand("A secret has a wrong value", secret="RoutesSecret")),
    ],
    [
        Fault("no-concurrency", "A function may not run: its reserved concurrency is 0.",
            plays.reserve_none("list-chatbots"), "ThrottledAlarm", 8,
            _by_hand("A function may not run", function="list-chatbots")),
        Fault("counts", "The counts of the network are edited by hand. The daily run, which is made at once, finds it.",
            plays.edit_counts, "CountsDriftAlarm", 3, _by_hand("The counts of the network were edited")),
    ],
]  # fmt: skip
FAULTS = [fault for wave in WAVES for fault in wave]
