//! The JSON form of a report.

use jiff::Timestamp;
use semver::Version;
use serde::Serialize;

use crate::{
    chatbots::name::Name,
    incidents::{self, Attempt, Family, IncidentId},
    notifications::{Channel, Zone},
    releases::Severity,
    reports::{
        availability::{Availability, Outages},
        incidents::ReportedIncident,
        report::{FailingSubscription, Figures, MissingUpdate, PlannedOutage, Report, Row, Totals},
        spans::Period,
    },
};

/// The API representation of a report. Durations are whole seconds.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportView<'a> {
    institution: &'a Name,
    institution_name: &'a str,
    from: Timestamp,
    to: Timestamp,
    before_from: Timestamp,
    zone: Zone,
    made_at: Timestamp,
    total: TotalsView,
    total_before: TotalsView,
    chatbots: Vec<RowView<'a>>,
    /// Absent if the incidents are too many.
    #[serde(skip_serializing_if = "Option::is_none")]
    incidents: Option<Vec<ReportedIncidentView<'a>>>,
    /// Absent if the incidents are too many.
    #[serde(skip_serializing_if = "Option::is_none")]
    incident_figures: Option<&'a incidents::Figures>,
    updates: Vec<UpdateView<'a>>,
    planned_outages: Vec<PlannedView<'a>>,
    certificates: Vec<CertificateView<'a>>,
    failing_subscriptions: Vec<SubscriptionView<'a>>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AvailabilityView {
    /// Absent if no time counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    percent: Option<f64>,
    counted_seconds: i64,
    total_seconds: i64,
    planned_seconds: i64,
    unknown_seconds: i64,
    offline_seconds: i64,
    forced_seconds: i64,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OutagesView {
    count: usize,
    longest_seconds: i64,
}

#[derive(Clone, Debug, Serialize)]
struct TotalsView {
    availability: AvailabilityView,
    outages: OutagesView,
    requests: u64,
}

#[derive(Clone, Debug, Serialize)]
struct RowView<'a> {
    chatbot: &'a Name,
    #[serde(flatten)]
    own: FiguresView,
    before: FiguresView,
}

#[derive(Clone, Debug, Serialize)]
struct FiguresView {
    availability: AvailabilityView,
    outages: OutagesView,
    requests: u64,
    #[serde(rename = "p95Ms", skip_serializing_if = "Option::is_none")]
    p95: Option<u32>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ReportedIncidentView<'a> {
    id: IncidentId,
    chatbot: &'a Name,
    state: incidents::State,
    began: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    opened_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lasted_seconds: Option<i64>,
    family: Family,
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledged_after_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<Attempt>,
    planned: bool,
}

#[derive(Clone, Debug, Serialize)]
struct UpdateView<'a> {
    chatbot: &'a Name,
    component: &'a Name,
    running: &'a Version,
    latest: &'a Version,
    severity: Severity,
}

#[derive(Clone, Debug, Serialize)]
struct PlannedView<'a> {
    from: Timestamp,
    to: Timestamp,
    chatbots: &'a [Name],
    excluded: bool,
}

#[derive(Clone, Debug, Serialize)]
struct CertificateView<'a> {
    chatbot: &'a Name,
    ends: Timestamp,
}

#[derive(Clone, Debug, Serialize)]
struct SubscriptionView<'a> {
    channel: Channel,
    address: &'a str,
    since: Timestamp,
    error: &'a str,
}

impl Report {
    /// Returns the API representation.
    #[must_use]
    pub fn view(&self) -> ReportView<'_> {
        let [total, before] = &self.totals;
        let Period { start, end } = self.period.own;
        ReportView {
            institution: &self.institution,
            institution_name: &self.name,
            from: start,
            to: end,
            before_from: self.period.before.start,
            zone: self.zone,
            made_at: self.made_at,
            total: total.into(),
            total_before: before.into(),
            chatbots: self.rows.iter().map(RowView::new).collect(),
            incidents: self.incidents.as_ref().map(|of| of.listed.iter().map(ReportedIncidentView::new).collect()),
            incident_figures: self.incidents.as_ref().map(|of| &of.figures),
            updates: self.updates.iter().map(UpdateView::new).collect(),
            planned_outages: self.planned.iter().map(PlannedView::new).collect(),
            certificates: self
                .certificates
                .iter()
                .map(|one| CertificateView { chatbot: &one.chatbot, ends: one.ends })
                .collect(),
            failing_subscriptions: self.failing.iter().map(SubscriptionView::new).collect(),
        }
    }
}

impl From<&Availability> for AvailabilityView {
    fn from(of: &Availability) -> Self {
        Self {
            percent: of.hundredths().map(|share| f64::from(share) / 100.0),
            counted_seconds: of.base().as_secs(),
            total_seconds: of.total.as_secs(),
            planned_seconds: of.planned.as_secs(),
            unknown_seconds: of.unknown.as_secs(),
            offline_seconds: of.offline.as_secs(),
            forced_seconds: of.forced.as_secs(),
        }
    }
}

impl From<&Outages> for OutagesView {
    fn from(of: &Outages) -> Self {
        Self { count: of.count, longest_seconds: of.longest.as_secs() }
    }
}

impl From<&Totals> for TotalsView {
    fn from(of: &Totals) -> Self {
        Self { availability: (&of.availability).into(), outages: (&of.outages).into(), requests: of.requests }
    }
}

impl From<&Figures> for FiguresView {
    fn from(of: &Figures) -> Self {
        let Figures { availability, outages, requests, p95 } = of;
        Self { availability: availability.into(), outages: outages.into(), requests: *requests, p95: *p95 }
    }
}

impl<'a> RowView<'a> {
    fn new(row: &'a Row) -> Self {
        Self { chatbot: &row.chatbot, own: (&row.own).into(), before: (&row.before).into() }
    }
}

impl<'a> ReportedIncidentView<'a> {
    fn new(incident: &'a ReportedIncident) -> Self {
        Self {
            id: incident.id,
            chatbot: &incident.chatbot,
            state: incident.state,
            began: incident.began,
            opened_at: incident.opened_at,
            ended_at: incident.ended_at,
            lasted_seconds: incident.lasted.map(|lasted| lasted.as_secs()),
            family: incident.family,
            acknowledged_after_seconds: incident.acknowledged_after.map(|after| after.as_secs()),
            action: incident.action,
            planned: incident.is_planned,
        }
    }
}

impl<'a> UpdateView<'a> {
    fn new(MissingUpdate { chatbot, update }: &'a MissingUpdate) -> Self {
        let (component, running, latest) = (&update.component, &update.running, &update.latest);
        Self { chatbot, component, running, latest, severity: update.severity }
    }
}

impl<'a> PlannedView<'a> {
    fn new(PlannedOutage { period, chatbots, is_excluded }: &'a PlannedOutage) -> Self {
        Self { from: period.start, to: period.end, chatbots, excluded: *is_excluded }
    }
}

impl<'a> SubscriptionView<'a> {
    fn new(FailingSubscription { channel, address, since, error }: &'a FailingSubscription) -> Self {
        Self { channel: *channel, address, since: *since, error }
    }
}
