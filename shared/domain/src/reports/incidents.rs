//! The incidents of a report.

use jiff::{SignedDuration, Timestamp};

use super::{period::ReportPeriod, spans::Period};
use crate::{
    chatbots::name::Name,
    incidents::{Attempt, Condition, Family, Figures, Incident, IncidentId, State},
    outages::Windows,
};

/// The most incidents that a report reads: those that began in its period, and in the period before.
pub const MAX_INCIDENTS: usize = 2000;

/// The incidents of a period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeriodIncidents {
    /// The incidents that were not over before the period, the newest first.
    pub listed: Vec<ReportedIncident>,
    /// The figures of those that began in the period.
    pub figures: Figures,
}

/// An incident, as far as a report shows it. It names no person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedIncident {
    /// The id.
    pub id: IncidentId,
    /// The chatbot.
    pub chatbot: Name,
    /// The state when the report was made.
    pub state: State,
    /// The time at which the chatbot went offline.
    pub began: Timestamp,
    /// The time at which people were asked to look at it; none if they never were.
    pub opened_at: Option<Timestamp>,
    /// The end of its last outage; none while it lasts, and if it was dismissed before that.
    pub ended_at: Option<Timestamp>,
    /// The time from its beginning to its end. While it lasts, to the time at which the report was made.
    pub lasted: Option<SignedDuration>,
    /// The family of its cause.
    pub family: Family,
    /// The time from its opening to its first acknowledgement.
    pub acknowledged_after: Option<SignedDuration>,
    /// The action that was taken, and whether it helped.
    pub action: Option<Attempt>,
    /// True if it began while a planned outage covered the chatbot.
    pub is_planned: bool,
}

impl PeriodIncidents {
    /// Returns those of `incidents` that are of `period`, as of `now`. `windows` are the planned outages.
    pub(super) fn new(incidents: &[Incident], windows: &Windows, period: ReportPeriod, now: Timestamp) -> Self {
        let reported = incidents.iter().filter_map(|incident| ReportedIncident::new(incident, windows, now));
        let mut listed: Vec<_> = reported.filter(|incident| incident.is_in(period.own)).collect();
        listed.sort_by_key(|incident| std::cmp::Reverse(incident.id));
        let began_within = |incident: &&Incident| (period.own.start..period.own.end).contains(&incident.began);
        Self { listed, figures: Figures::new(incidents.iter().filter(began_within)) }
    }
}

impl ReportedIncident {
    /// Returns the incident of a chatbot as a report has it; none of a network incident, which has no institution.
    fn new(incident: &Incident, windows: &Windows, now: Timestamp) -> Option<Self> {
        let chatbot = incident.chatbot()?;
        let ended_at = ended_at(incident);
        let until = ended_at.or_else(|| incident.is_active().then_some(now));
        let acknowledged_after =
            incident.first_acknowledged_at.zip(incident.opened_at).map(|(at, opened)| at.duration_since(opened));
        Some(Self {
            id: incident.id,
            chatbot: chatbot.name.clone(),
            state: incident.state,
            began: incident.began,
            opened_at: incident.opened_at,
            ended_at,
            lasted: until.map(|until| until.duration_since(incident.began)),
            family: incident.family?,
            acknowledged_after,
            action: incident.action,
            is_planned: windows.covers(chatbot, incident.began),
        })
    }

    /// Returns whether it is not over.
    #[must_use]
    pub fn is_ongoing(&self) -> bool {
        self.ended_at.is_none() && self.lasted.is_some()
    }

    /// Returns whether it began in `period`, or before and was not over.
    fn is_in(&self, period: Period) -> bool {
        let is_over_before = self.began < period.start
            && !self.is_ongoing()
            && self.ended_at.is_none_or(|ended_at| ended_at <= period.start);
        self.began < period.end && !is_over_before
    }
}

/// Returns the end of the last outage of `incident`; none if it is not over, or not known.
fn ended_at(incident: &Incident) -> Option<Timestamp> {
    match (incident.state, incident.condition) {
        (State::Resolved, _) => incident.resolution.map(|resolution| resolution.at),
        (State::Transient | State::Dismissed, Condition::Up(at) | Condition::Removed(at)) => Some(at),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        incidents::{Action, Resolution, ResolvedBy},
        reports::{
            InstitutionFacts,
            rendering::samples::{at, eventful, incident, now, report},
        },
    };

    fn resolved(began: &str, ended: &str) -> Incident {
        let resolution = Resolution { at: at(ended), by: ResolvedBy::Itself };
        Incident {
            state: State::Resolved,
            opened_at: Some(at(began)),
            resolution: Some(resolution),
            condition: Condition::Up(at(ended)),
            ..incident("tax-chat", began)
        }
    }

    fn of(incidents: Vec<Incident>) -> PeriodIncidents {
        report(InstitutionFacts { incidents: Some(incidents), ..eventful() }).incidents.expect("not too many")
    }

    #[test]
    fn incidents_are_listed_that_were_not_over_before_the_period_and_those_that_began_in_it_count() {
        let over = resolved("2026-11-21T10:00:00Z", "2026-11-22T22:00:00Z");
        let reaches_in = resolved("2026-11-22T10:00:00Z", "2026-11-22T22:00:01Z");
        let within = resolved("2026-11-22T22:00:00Z", "2026-11-22T23:00:00Z");
        let later = resolved("2026-11-29T22:00:00Z", "2026-11-29T23:00:00Z");
        let of = of(vec![later, over, reaches_in.clone(), within.clone()]);
        let ids: Vec<_> = of.listed.iter().map(|one| one.id).collect();
        assert_eq!(ids, [within.id, reaches_in.id], "the newest first");
        assert_eq!((of.figures.incidents, of.figures.resolution.median_seconds), (1, Some(3600)));
        assert_eq!(of.listed[0].lasted, Some(SignedDuration::from_hours(1)));
    }

    #[test]
    fn ongoing_incident_lasts_until_the_report_is_made_whenever_it_began() {
        let began = "2026-11-16T10:00:00Z";
        let open = Incident { state: State::Open, opened_at: Some(at(began)), ..incident("tax-chat", began) };
        let of = of(vec![open]);
        let [one] = &of.listed[..] else { panic!("one incident") };
        assert!(one.is_ongoing());
        assert_eq!((one.ended_at, one.lasted), (None, Some(now().duration_since(at(began)))));
        assert_eq!(of.figures.incidents, 0, "it did not begin in the period");
    }

    #[test]
    fn transient_incident_ends_when_the_chatbot_is_back_and_the_end_of_a_dismissed_one_is_not_known() {
        let began = "2026-11-24T10:00:00Z";
        let is_back = Condition::Up(at("2026-11-24T10:00:20Z"));
        let transient = Incident { state: State::Transient, condition: is_back, ..incident("tax-chat", began) };
        let dismissed = Incident { state: State::Dismissed, ..incident("tax-chat", "2026-11-24T09:00:00Z") };
        let of = of(vec![transient, dismissed]);
        let times: Vec<_> = of.listed.iter().map(|one| (one.opened_at, one.lasted, one.is_ongoing())).collect();
        assert_eq!(times, [(None, Some(SignedDuration::from_secs(20)), false), (None, None, false)]);
        assert_eq!(of.figures.incidents, 0);
    }

    #[test]
    fn incident_says_what_was_done_when_it_was_acknowledged_and_whether_it_began_in_planned_work() {
        // A planned outage covers the chatbot from 10:30 to 12:00.
        let action = Some(Attempt { action: Action::Restarted, helped: false });
        let acknowledged = |began| Incident {
            first_acknowledged_at: Some(at("2026-11-24T12:30:00Z")),
            action,
            ..resolved(began, "2026-11-24T13:00:00Z")
        };
        let of = of(vec![acknowledged("2026-11-24T12:00:00Z"), acknowledged("2026-11-24T11:59:59Z")]);
        let planned: Vec<_> = of.listed.iter().map(|one| one.is_planned).collect();
        assert_eq!(planned, [false, true]);
        assert_eq!(
            (of.listed[0].acknowledged_after, of.listed[0].action),
            (Some(SignedDuration::from_mins(30)), action)
        );
    }

    #[test]
    fn report_has_no_incidents_if_they_are_too_many_to_be_read() {
        assert_eq!(report(InstitutionFacts { incidents: None, ..eventful() }).incidents, None);
    }
}
