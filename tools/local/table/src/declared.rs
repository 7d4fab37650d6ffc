// Generated from contract/cost/ by `make contract`. Do not edit.

//! The read and write units that contract/cost/ declares, for the tests that meter them.

use crate::meter::Units;

/// `create-chatbot`: read 3, write 14.
pub const CREATE_CHATBOT: Units = (3.0, 14.0);

/// `list-chatbots.owner`: read 0.5 * institutions + chatbots, write 0.
#[must_use]
pub fn list_chatbots_owner(chatbots: f64, institutions: f64) -> Units {
    (0.5 * institutions + chatbots, 0.0)
}

/// `list-chatbots.unchanged`: read 1, write 0.
pub const LIST_CHATBOTS_UNCHANGED: Units = (1.0, 0.0);

/// `list-chatbots.changes`: read 1 + max(1, ceil(changes / 40)) + chatbots, write 0.
#[must_use]
pub fn list_chatbots_changes(changes: f64, chatbots: f64) -> Units {
    (1.0 + f64::max(1.0, (changes / 40.0).ceil()) + chatbots, 0.0)
}

/// `update-chatbot`: read 1, write 6.
pub const UPDATE_CHATBOT: Units = (1.0, 6.0);

/// `set-control`: read 3, write 12.
pub const SET_CONTROL: Units = (3.0, 12.0);

/// `probe-chatbot`: read 2, write 10.
pub const PROBE_CHATBOT: Units = (2.0, 10.0);

/// `probe-chatbot.again`: read 2, write 0.
pub const PROBE_CHATBOT_AGAIN: Units = (2.0, 0.0);

/// `get-metrics`: read 5 + max(1, ceil(dmrs / 20)) + 0.5 * dmrs, write 0.
#[must_use]
pub fn get_metrics(dmrs: f64) -> Units {
    (5.0 + f64::max(1.0, (dmrs / 20.0).ceil()) + 0.5 * dmrs, 0.0)
}

/// `schedule-probes:EveryMinute.silence`: read 0.5 * chatbots, write 0.
#[must_use]
pub fn schedule_probes_silence(chatbots: f64) -> Units {
    (0.5 * chatbots, 0.0)
}

/// `probe-chatbots:Recovery`: read 3, write 7.
pub const PROBE_CHATBOTS_RECOVERY: Units = (3.0, 7.0);

/// `ingest-codes:Queue`: read chatbots, write chatbots.
#[must_use]
pub fn ingest_codes(chatbots: f64) -> Units {
    (chatbots, chatbots)
}

/// `ingest-codes:Queue.minute`: read 0, write 1.
pub const INGEST_CODES_MINUTE: Units = (0.0, 1.0);

/// `list-own-invitations`: read 1 + invitations, write 0.
#[must_use]
pub fn list_own_invitations(invitations: f64) -> Units {
    (1.0 + invitations, 0.0)
}

/// `delete-institution.refused`: read 1.5 + min(10, chatbots), write 0.
#[must_use]
pub fn delete_institution_refused(chatbots: f64) -> Units {
    (1.5 + f64::min(10.0, chatbots), 0.0)
}

/// `publish-release`: read 1, write 10 + 8 * ceil(kb).
#[must_use]
pub fn publish_release(kb: f64) -> Units {
    (1.0, 10.0 + 8.0 * kb.ceil())
}

/// `get-updates`: read components + prereleases, write 0.
#[must_use]
pub fn get_updates(components: f64, prereleases: f64) -> Units {
    (components + prereleases, 0.0)
}

/// `list-events`: read 0.5 * max(4, ceil(0.24 * events)), write 0.
#[must_use]
pub fn list_events(events: f64) -> Units {
    (0.5 * f64::max(4.0, (0.24 * events).ceil()), 0.0)
}

/// `list-events.owner`: read institutions + chatbots + 1.5 * chatbots, write 0.
#[must_use]
pub fn list_events_owner(chatbots: f64, institutions: f64) -> Units {
    (institutions + chatbots + 1.5 * chatbots, 0.0)
}

/// `list-chatbot-events`: read max(1, ceil(kb / 4)) + 0.5 * max(1, ceil(events / 10)), write 0.
#[must_use]
pub fn list_chatbot_events(events: f64, kb: f64) -> Units {
    (f64::max(1.0, (kb / 4.0).ceil()) + 0.5 * f64::max(1.0, (events / 10.0).ceil()), 0.0)
}

/// `fan-out:Events`: read 1 + max(1, ceil(subscriptions / 6)), write 0.
#[must_use]
pub fn fan_out_events(subscriptions: f64) -> Units {
    (1.0 + f64::max(1.0, (subscriptions / 6.0).ceil()), 0.0)
}

/// `fan-out:Events.outage`: read 0, write 1.
pub const FAN_OUT_EVENTS_OUTAGE: Units = (0.0, 1.0);

/// `fan-out:Events.first`: read subscriptions, write 3 * subscriptions.
#[must_use]
pub fn fan_out_events_first(subscriptions: f64) -> Units {
    (subscriptions, 3.0 * subscriptions)
}

/// `fan-out:Events.further`: read subscriptions, write subscriptions.
#[must_use]
pub fn fan_out_events_further(subscriptions: f64) -> Units {
    (subscriptions, subscriptions)
}

/// `deliver-notifications:Queue`: read 7 + told + 2 * outages, write 14 + 3 * kb + 2 * notifications + statuses.
#[must_use]
pub fn deliver_notifications(kb: f64, notifications: f64, outages: f64, statuses: f64, told: f64) -> Units {
    (7.0 + told + 2.0 * outages, 14.0 + 3.0 * kb + 2.0 * notifications + statuses)
}

/// `deliver-notifications:Queue.idle`: read 2, write 0.
pub const DELIVER_NOTIFICATIONS_IDLE: Units = (2.0, 0.0);

/// `deliver-notifications:Queue.failed`: read 4 + ceil(kb / 4), write 7 + kb.
#[must_use]
pub fn deliver_notifications_failed(kb: f64) -> Units {
    (4.0 + (kb / 4.0).ceil(), 7.0 + kb)
}

/// `deliver-notifications:Queue.held`: read 6 + outages, write 3.
#[must_use]
pub fn deliver_notifications_held(outages: f64) -> Units {
    (6.0 + outages, 3.0)
}

/// `list-registered-participants.owner`: read 0.5 * institutions + chatbots, write 0.
#[must_use]
pub fn list_registered_participants_owner(chatbots: f64, institutions: f64) -> Units {
    (0.5 * institutions + chatbots, 0.0)
}

/// `list-incidents`: read 1 + incidents, write 0.
#[must_use]
pub fn list_incidents(incidents: f64) -> Units {
    (1.0 + incidents, 0.0)
}

/// `get-incident.past`: read 0.5 * max(1, ceil(0.0794 * incidents)), write 0.
#[must_use]
pub fn get_incident_past(incidents: f64) -> Units {
    (0.5 * f64::max(1.0, (0.0794 * incidents).ceil()), 0.0)
}

/// `acknowledge-incident`: read 7, write 18.
pub const ACKNOWLEDGE_INCIDENT: Units = (7.0, 18.0);

/// `resolve-incident`: read 7, write 20.
pub const RESOLVE_INCIDENT: Units = (7.0, 20.0);

/// `track-incidents:Queue`: read 3, write 0.
pub const TRACK_INCIDENTS: Units = (3.0, 0.0);

/// `track-incidents:Queue.begun`: read 3, write 19.
pub const TRACK_INCIDENTS_BEGUN: Units = (3.0, 19.0);

/// `track-incidents:Queue.opened`: read 7, write 9.
pub const TRACK_INCIDENTS_OPENED: Units = (7.0, 9.0);

/// `track-incidents:Queue.noted`: read 7, write 9.
pub const TRACK_INCIDENTS_NOTED: Units = (7.0, 9.0);

/// `track-incidents:Queue.back`: read 3, write 9.
pub const TRACK_INCIDENTS_BACK: Units = (3.0, 9.0);

/// `track-incidents:Queue.resolved`: read 4, write 19.
pub const TRACK_INCIDENTS_RESOLVED: Units = (4.0, 19.0);

/// `correlate-incidents:Queue.kept`: read 3, write 4 * ended.
#[must_use]
pub fn correlate_incidents_kept(ended: f64) -> Units {
    (3.0, 4.0 * ended)
}

/// `correlate-incidents:Queue.over`: read 7, write 20 + 4 * ended.
#[must_use]
pub fn correlate_incidents_over(ended: f64) -> Units {
    (7.0, 20.0 + 4.0 * ended)
}

/// `sweep-incidents:EveryMinute`: read 4, write 0.
pub const SWEEP_INCIDENTS: Units = (4.0, 0.0);

/// `get-report`: read 5.5 + 4.5 * chatbots + components + incidents, write 0.
#[must_use]
pub fn get_report(chatbots: f64, components: f64, incidents: f64) -> Units {
    (5.5 + 4.5 * chatbots + components + incidents, 0.0)
}

/// `schedule-reports:Schedule`: read 1, write 0.
pub const SCHEDULE_REPORTS: Units = (1.0, 0.0);

/// `send-reports:Queue`: read 6.5 + 4.5 * chatbots + components + incidents, write 39.
#[must_use]
pub fn send_reports(chatbots: f64, components: f64, incidents: f64) -> Units {
    (6.5 + 4.5 * chatbots + components + incidents, 39.0)
}

/// `send-reports:Queue.again`: read 5, write 0.
pub const SEND_REPORTS_AGAIN: Units = (5.0, 0.0);

/// `summarise-history:Schedule.hours`: read max(2, ceil(3.2 * hours) - 2), write max(1, ceil(hours / 8)).
#[must_use]
pub fn summarise_history_hours(hours: f64) -> Units {
    (f64::max(2.0, (3.2 * hours).ceil() - 2.0), f64::max(1.0, (hours / 8.0).ceil()))
}

/// `create-planned-outage`: read max(1, ceil(kb / 4)), write 13.
#[must_use]
pub fn create_planned_outage(kb: f64) -> Units {
    (f64::max(1.0, (kb / 4.0).ceil()), 13.0)
}

/// `create-planned-outage.weekly`: read max(1, ceil(kb / 4)), write 34.
#[must_use]
pub fn create_planned_outage_weekly(kb: f64) -> Units {
    (f64::max(1.0, (kb / 4.0).ceil()), 34.0)
}

/// `advance-outages:EveryMinute`: read 4, write 0.
pub const ADVANCE_OUTAGES: Units = (4.0, 0.0);

/// `advance-outages:EveryMinute.step`: read 2, write 7.
pub const ADVANCE_OUTAGES_STEP: Units = (2.0, 7.0);

/// `advance-outages:EveryMinute.end`: read 2.5 + chatbots, write 8.
#[must_use]
pub fn advance_outages_end(chatbots: f64) -> Units {
    (2.5 + chatbots, 8.0)
}

/// `advance-outages:EveryMinute.weekly-step`: read 2, write 11.
pub const ADVANCE_OUTAGES_WEEKLY_STEP: Units = (2.0, 11.0);

/// `advance-outages:EveryMinute.weekly-end`: read 2.5 + chatbots, write 11.
#[must_use]
pub fn advance_outages_weekly_end(chatbots: f64) -> Units {
    (2.5 + chatbots, 11.0)
}

/// `advance-outages:EveryMinute.day`: read 2, write 8.
pub const ADVANCE_OUTAGES_DAY: Units = (2.0, 8.0);

/// `advance-outages:EveryMinute.occurrence`: read 0, write 2.
pub const ADVANCE_OUTAGES_OCCURRENCE: Units = (0.0, 2.0);

/// `authorize.refusal`: read 0, write 3.
pub const AUTHORIZE_REFUSAL: Units = (0.0, 3.0);

/// `publish-status:EveryMinute`: read 10 + ceil(0.13 * chatbots) + outages + incidents, write 0.
#[must_use]
pub fn publish_status(chatbots: f64, incidents: f64, outages: f64) -> Units {
    (10.0 + (0.13 * chatbots).ceil() + outages + incidents, 0.0)
}
