//! The report of an institution, from what is stored.

use jiff::{SignedDuration, Timestamp};

use super::{
    availability::{Availability, Outages, countable},
    incidents::PeriodIncidents,
    period::ReportPeriod,
    spans::{Period, Spans},
    timeline::{Change, StoredHistory},
};
use crate::{
    chatbots::{chatbot::Chatbot, name::Name},
    health::{control::Control, history::Minute},
    incidents::Incident,
    notifications::{Channel, Enrolment, State, Subscription, Zone},
    outages::Windows,
    releases::Update,
};

/// The time ahead for which a report shows planned outages.
pub const PLANNED_AHEAD: SignedDuration = SignedDuration::from_hours(14 * 24);
/// The time ahead for which a report shows certificates that end.
pub const CERTIFICATES_AHEAD: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The stored facts of one chatbot, for a report.
#[derive(Clone, Debug)]
pub struct ChatbotFacts {
    /// The chatbot.
    pub chatbot: Chatbot,
    /// Its present manual control.
    pub control: Option<Control>,
    /// The time from which on all events are kept.
    pub kept_since: Timestamp,
    /// The changes since then, in order.
    pub changes: Vec<(Timestamp, Change)>,
    /// The observations in the period of the report, and in the one before.
    pub observations: [Minute; 2],
    /// The available updates.
    pub updates: Vec<Update>,
    /// The end of its newest valid certificate, if it has one.
    pub certificate_ends: Option<Timestamp>,
}

/// The stored facts of an institution, for a report.
#[derive(Clone, Debug)]
pub struct InstitutionFacts {
    /// The id.
    pub id: Name,
    /// The name; the id if it has no record.
    pub name: String,
    /// The chatbots that the report is about.
    pub chatbots: Vec<ChatbotFacts>,
    /// The planned outages, from the start of the month in which the period before begins.
    pub windows: Windows,
    /// The subscriptions.
    pub subscriptions: Vec<Subscription>,
    /// The incidents of the institution and these chatbots that began in the period or the one before. None if they are
    /// more than [`MAX_INCIDENTS`](super::MAX_INCIDENTS).
    pub incidents: Option<Vec<Incident>>,
}

/// The availability of a chatbot in one period, and what else was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// The availability.
    pub availability: Availability,
    /// The outages.
    pub outages: Outages,
    /// The number of requests that DMRs reported.
    pub requests: u64,
    /// The latency in milliseconds that 95 % of the measured responses did not exceed, at most a fifth too high.
    pub p95: Option<u32>,
}

/// The figures of a chatbot, or of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The chatbot.
    pub chatbot: Name,
    /// In the period of the report.
    pub own: Figures,
    /// In the period before.
    pub before: Figures,
}

/// An update that a chatbot does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingUpdate {
    /// The chatbot.
    pub chatbot: Name,
    /// The update.
    pub update: Update,
}

/// A planned outage that takes place soon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedOutage {
    /// The time.
    pub period: Period,
    /// The chatbots of the report that it takes out.
    pub chatbots: Vec<Name>,
    /// True if it was confirmed in time, so that availability excludes it.
    pub is_excluded: bool,
}

/// A certificate that ends soon, and its holder has no newer one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndingCertificate {
    /// The chatbot.
    pub chatbot: Name,
    /// When it ends.
    pub ends: Timestamp,
}

/// A subscription that does not get its messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailingSubscription {
    /// The channel.
    pub channel: Channel,
    /// The address, masked.
    pub address: String,
    /// Since when.
    pub since: Timestamp,
    /// The answer of the recipient's system.
    pub error: String,
}

/// The report of an institution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The institution.
    pub institution: Name,
    /// Its name.
    pub name: String,
    /// The periods.
    pub period: ReportPeriod,
    /// The zone of its days.
    pub zone: Zone,
    /// When it was made.
    pub made_at: Timestamp,
    /// The chatbots by name.
    pub rows: Vec<Row>,
    /// Their sums in the period, and in the one before.
    pub totals: [Totals; 2],
    /// The incidents of the period; none if they are too many.
    pub incidents: Option<PeriodIncidents>,
    /// The missing updates, the most severe first.
    pub updates: Vec<MissingUpdate>,
    /// The planned outages of the next 14 days.
    pub planned: Vec<PlannedOutage>,
    /// The certificates that end in the next 30 days, the first to end first.
    pub certificates: Vec<EndingCertificate>,
    /// The subscriptions that fail.
    pub failing: Vec<FailingSubscription>,
}

/// The sums of all chatbots in one period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// The availability: the sum of all times, not the mean of all shares.
    pub availability: Availability,
    /// The number of outages, and the longest.
    pub outages: Outages,
    /// The number of requests.
    pub requests: u64,
}

impl Report {
    /// Returns the report of `facts` about `period`, made at `now`.
    #[must_use]
    pub fn new(facts: InstitutionFacts, period: ReportPeriod, zone: Zone, now: Timestamp) -> Self {
        let InstitutionFacts { id, name, mut chatbots, windows, subscriptions, incidents } = facts;
        chatbots.sort_by(|one, other| one.chatbot.name.cmp(&other.chatbot.name));
        let rows: Vec<_> = chatbots.iter().map(|one| row(one, &windows, period, zone)).collect();
        let totals = [|row: &Row| row.own, |row: &Row| row.before].map(|figures| Totals::of(rows.iter().map(figures)));
        Self {
            institution: id,
            name,
            period,
            zone,
            made_at: now,
            totals,
            incidents: incidents.map(|incidents| PeriodIncidents::new(&incidents, &windows, period, now)),
            updates: missing_updates(&chatbots),
            planned: planned(&chatbots, &windows, now),
            certificates: ending_certificates(&chatbots, now),
            failing: failing(&subscriptions, now),
            rows,
        }
    }
}

impl Totals {
    fn of(figures: impl Iterator<Item = Figures>) -> Self {
        figures.fold(Self::default(), |sum, one| Self {
            availability: sum.availability.and(&one.availability),
            outages: Outages {
                count: sum.outages.count + one.outages.count,
                longest: sum.outages.longest.max(one.outages.longest),
            },
            requests: sum.requests.saturating_add(one.requests),
        })
    }
}

fn row(facts: &ChatbotFacts, windows: &Windows, period: ReportPeriod, zone: Zone) -> Row {
    let ChatbotFacts { chatbot, control, kept_since, changes, observations, .. } = facts;
    let excluded = windows.excluded(&Enrolment::from(chatbot));
    let planned = Spans::union(excluded.into_iter().map(|(start, end)| Period { start, end }));
    let history = StoredHistory { chatbot, control: control.as_ref(), kept_since: *kept_since, changes };
    let timeline = history.timeline(countable(&planned, zone));
    let figures = |period: Period, observations: &Minute| Figures {
        availability: Availability::new(&timeline, period),
        outages: timeline.outages(period),
        requests: observations.codes.values().map(|count| u64::from(*count)).sum(),
        p95: observations.latency_percentile(95),
    };
    let [own, before] = observations;
    Row { chatbot: chatbot.name.clone(), own: figures(period.own, own), before: figures(period.before, before) }
}

fn missing_updates(chatbots: &[ChatbotFacts]) -> Vec<MissingUpdate> {
    let of_one = |facts: &ChatbotFacts| {
        let chatbot = facts.chatbot.name.clone();
        facts.updates.clone().into_iter().map(move |update| MissingUpdate { chatbot: chatbot.clone(), update })
    };
    let mut missing: Vec<_> = chatbots.iter().flat_map(of_one).collect();
    // Stable: by name among those of one severity.
    missing.sort_by_key(|one| std::cmp::Reverse(one.update.severity));
    missing
}

fn planned(chatbots: &[ChatbotFacts], windows: &Windows, now: Timestamp) -> Vec<PlannedOutage> {
    let soon = Period { start: now, end: now.saturating_add(PLANNED_AHEAD).unwrap_or(now) };
    let next = windows.iter().filter_map(|window| {
        let period = Period { start: window.start, end: window.end };
        period.within(soon)?;
        let is_covered = |facts: &&ChatbotFacts| window.chatbots.includes(&Enrolment::from(&facts.chatbot));
        let chatbots: Vec<_> = chatbots.iter().filter(is_covered).map(|facts| facts.chatbot.name.clone()).collect();
        let is_excluded = window.excluded().is_some();
        (!chatbots.is_empty()).then_some(PlannedOutage { period, chatbots, is_excluded })
    });
    next.collect()
}

fn ending_certificates(chatbots: &[ChatbotFacts], now: Timestamp) -> Vec<EndingCertificate> {
    let latest = now.saturating_add(CERTIFICATES_AHEAD).unwrap_or(now);
    let ending = chatbots.iter().filter_map(|facts| {
        let ends = facts.certificate_ends.filter(|ends| (now..latest).contains(ends))?;
        Some(EndingCertificate { chatbot: facts.chatbot.name.clone(), ends })
    });
    let mut ending: Vec<_> = ending.collect();
    ending.sort_by_key(|one| one.ends);
    ending
}

fn failing(subscriptions: &[Subscription], now: Timestamp) -> Vec<FailingSubscription> {
    let failing = subscriptions.iter().filter_map(|one| match one.state.at(now) {
        State::Failing { since, error } => {
            let (channel, address) = (one.address.channel(), one.address.masked());
            Some(FailingSubscription { channel, address, since, error })
        }
        _ => None,
    });
    failing.collect()
}
