//! Actions that change something.

use centops_chat::action::{Clock, Incident, Kind};
use centops_contract::operations::{
    ACKNOWLEDGE_INCIDENT, CREATE_PLANNED_OUTAGE, DELETE_CONTROL, GET_CHATBOT, RESOLVE_INCIDENT, SET_CONTROL,
};
use centops_domain::{chatbots::Name, notifications::Zone, text::Reason};
use jiff::{SignedDuration, ToSpan, civil::Date};
use serde_json::{Value, json};

use super::{Outcome, Run};
use crate::invoke::{OperationCall, Operations};

/// The minutes of a day.
const DAY: i64 = 24 * 60;

impl<O: Operations + Sync> Run<'_, O> {
    /// Sets an override.
    pub(super) async fn control(
        &self,
        kind: Kind,
        chatbot: &Name,
        minutes: Option<u32>,
        reason: &Reason,
    ) -> Result<Outcome, Outcome> {
        let mode = match kind {
            Kind::Hold => "hold",
            Kind::Online => "force-online",
            _ => "force-offline",
        };
        let until = minutes.map(|minutes| self.now + SignedDuration::from_mins(minutes.into()));
        let mut body = json!({"mode": mode, "reason": reason});
        if let Some(until) = until {
            body["until"] = until.to_string().into();
        }
        self.call(OperationCall::new(&SET_CONTROL).path("name", chatbot).body(body)).await?;
        Ok(self.changed(kind, chatbot.as_str(), until, Some(reason.as_str())))
    }

    /// Ends an override.
    pub(super) async fn release(&self, chatbot: &Name) -> Result<Outcome, Outcome> {
        self.call(OperationCall::new(&DELETE_CONTROL).path("name", chatbot)).await?;
        Ok(self.changed(Kind::Release, chatbot.as_str(), None, None))
    }

    pub(super) async fn acknowledge(&self, incident: &Incident, hours: Option<u8>) -> Result<Outcome, Outcome> {
        let id = self.incident_id(incident).await?;
        let body = hours.map_or_else(|| json!({}), |hours| json!({"hours": hours}));
        let call = OperationCall::new(&ACKNOWLEDGE_INCIDENT).path("incident", &id).body(body);
        let after = self.call(call).await?;
        let until = after["acknowledged"]["until"].as_str().and_then(|until| until.parse().ok());
        Ok(self.changed(Kind::Acknowledge, subject(incident, &after).as_str(), until, None))
    }

    pub(super) async fn resolve(&self, incident: &Incident) -> Result<Outcome, Outcome> {
        let id = self.incident_id(incident).await?;
        let call = OperationCall::new(&RESOLVE_INCIDENT).path("incident", &id).body(json!({}));
        let after = self.call(call).await?;
        Ok(self.changed(Kind::Resolve, subject(incident, &after).as_str(), None, None))
    }

    /// Returns the id of `incident`.
    async fn incident_id(&self, incident: &Incident) -> Result<String, Outcome> {
        let chatbot = match incident {
            Incident::Id(id) => return Ok(id.to_string()),
            Incident::Of(chatbot) => chatbot,
        };
        let institution = self.institution(chatbot).await?;
        let found = self.active_incident(chatbot, &institution).await?;
        let id = found.and_then(|incident| incident["id"].as_str().map(str::to_owned));
        id.ok_or_else(|| Outcome { status: 404, text: self.texts.no_incident(), next: Vec::new() })
    }

    async fn institution(&self, chatbot: &Name) -> Result<String, Outcome> {
        let body = self.call(OperationCall::new(&GET_CHATBOT).path("name", chatbot)).await?;
        Ok(body["institution"].as_str().unwrap_or_default().to_owned())
    }

    /// Plans an outage, by the clocks of Tallinn.
    pub(super) async fn outage(
        &self,
        chatbot: &Name,
        day: Option<Date>,
        from: Clock,
        to: Clock,
        reason: &Reason,
    ) -> Result<Outcome, Outcome> {
        let institution = self.institution(chatbot).await?;
        let zone = Zone::default();
        let local = zone.local(self.now);
        let next = if from.time() > local.time() { local.date() } else { local.date().saturating_add(1.day()) };
        let start = day.unwrap_or(next).to_datetime(from.time());
        let length = i64::from(to.time().hour()) * 60 + i64::from(to.time().minute())
            - i64::from(from.time().hour()) * 60
            - i64::from(from.time().minute());
        let minutes = if length > 0 { length } else { length + DAY };
        let rule = json!({
            "start": start.strftime("%Y-%m-%dT%H:%M").to_string(), "zone": zone.as_str(), "minutes": minutes,
        });
        let body = json!({"institution": institution, "chatbots": [chatbot], "reason": reason, "rule": rule});
        self.call(OperationCall::new(&CREATE_PLANNED_OUTAGE).body(body)).await?;
        let subject = format!("{chatbot} {} {from}–{to}", start.date());
        Ok(self.changed(Kind::Outage, &subject, None, Some(reason.as_str())))
    }
}

/// Returns what an incident is called: the chatbot, or the id.
fn subject(incident: &Incident, after: &Value) -> String {
    after["chatbot"].as_str().map_or_else(|| incident.to_string(), str::to_owned)
}
