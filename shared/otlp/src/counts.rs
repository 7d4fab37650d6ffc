//! Counts of records without their text.

use std::collections::{BTreeMap, BTreeSet};

use centops_domain::{chatbots::Name, ingestion::LogLevel};
use jiff::Timestamp;

use crate::{
    any_value::Value,
    batch::{MAX_CLOCK_LEAD, Rejected, level, time},
    wire::{LogsRequest, Resource},
};

const MINUTE: i64 = 60;
/// The most characters of a component's name.
const MAX_NAME: usize = 64;
/// The start of the name that SDKs give a service that has none.
const UNNAMED: &str = "unknown-service";

/// What is counted together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CountKey {
    /// The start of the minute.
    pub at: Timestamp,
    /// The level.
    pub level: LogLevel,
    /// The component, from `service.name`; none if the sender does not name it.
    pub component: Option<Name>,
}

/// The counts of one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The number of records.
    pub counts: BTreeMap<CountKey, u64>,
    /// The records that were not taken.
    pub rejected: Rejected,
}

impl Counts {
    /// Counts the records of `request`. A record without a time has the time `now`. A component beyond `max_components`
    /// is counted without its name, so that a sender cannot make names without end.
    #[must_use]
    pub fn from_request(request: &LogsRequest, now: Timestamp, max_components: usize) -> Self {
        let (mut counted, mut components) = (Self::default(), BTreeSet::new());
        for resource_logs in &request.resource_logs {
            let component = resource_logs.resource.as_ref().and_then(component).filter(|name| {
                let is_counted = components.contains(name) || components.len() < max_components;
                if is_counted {
                    components.insert(name.clone());
                }
                is_counted
            });
            for record in resource_logs.scope_logs.iter().flat_map(|scope| &scope.log_records) {
                let Some(at) = time(record, now).and_then(start_of_minute) else {
                    counted.rejected.no_time += 1;
                    continue;
                };
                if at > now + MAX_CLOCK_LEAD {
                    counted.rejected.in_future += 1;
                    continue;
                }
                let key = CountKey { at, level: level(record), component: component.clone() };
                *counted.counts.entry(key).or_default() += 1;
            }
        }
        counted
    }
}

fn start_of_minute(at: Timestamp) -> Option<Timestamp> {
    Timestamp::from_second(at.as_second() - at.as_second().rem_euclid(MINUTE)).ok()
}

/// Returns `service.name` in the form of a component's name: small letters, digits and hyphens.
fn component(resource: &Resource) -> Option<Name> {
    let attribute = resource.attributes.iter().find(|attribute| attribute.key == "service.name")?;
    let Some(Value::Text(text)) = &attribute.value.as_ref()?.value else { return None };
    let form = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = text.trim().chars().take(MAX_NAME).map(form).collect();
    if name.starts_with(UNNAMED) { None } else { name.parse().ok() }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_800_000_030, 0);

    fn count(resources: &serde_json::Value, max_components: usize) -> Counts {
        let request = serde_json::from_value(json!({ "resourceLogs": resources })).expect("a request");
        Counts::from_request(&request, NOW, max_components)
    }

    fn resource(service: &str, records: &serde_json::Value) -> serde_json::Value {
        let attributes = json!([{"key": "service.name", "value": {"stringValue": service}}]);
        json!({"resource": {"attributes": attributes}, "scopeLogs": [{"logRecords": records}]})
    }

    #[test]
    fn records_are_counted_by_minute_level_and_component() {
        let nanos = |seconds: i64| ((NOW + SignedDuration::from_secs(seconds)).as_nanosecond()).to_string();
        let records = json!([
            {"timeUnixNano": nanos(0), "severityNumber": 17}, {"timeUnixNano": nanos(20), "severityNumber": 18},
            {"timeUnixNano": nanos(-40), "severityNumber": 17}, {"severityText": "warn"},
            {"timeUnixNano": nanos(400)}, {"timeUnixNano": u64::MAX.to_string()},
        ]);
        let counted = count(&json!([resource("Ruuter Public", &records)]), 64);
        let rows: Vec<_> = counted.counts.iter().map(|(key, n)| (key.at.as_second(), key.level, *n)).collect();
        let minute = 1_800_000_000;
        let expected =
            [(minute - 60, LogLevel::Error, 1), (minute, LogLevel::Warning, 1), (minute, LogLevel::Error, 2)];
        assert_eq!(rows, expected);
        assert!(counted.counts.keys().all(|key| key.component.as_ref().is_some_and(|n| n.as_str() == "ruuter-public")));
        assert_eq!((counted.rejected.in_future, counted.rejected.no_time), (2, 0));
    }

    #[test]
    fn nameless_services_and_those_beyond_the_limit_are_counted_without_a_name() {
        let one = json!([{"severityNumber": 9}]);
        for nameless in ["", "x", "unknown_service:java", "   "] {
            let counted = count(&json!([resource(nameless, &one)]), 64);
            assert!(counted.counts.keys().all(|key| key.component.is_none()), "{nameless}");
        }
        let services = ["tim", "resql", "ruuter", "tim"].map(|name| resource(name, &one));
        let counted = count(&json!(services), 2);
        let names: Vec<_> =
            counted.counts.iter().map(|(key, n)| (key.component.as_ref().map(Name::as_str), *n)).collect();
        assert_eq!(names, [(None, 1), (Some("resql"), 1), (Some("tim"), 2)]);
    }
}
