//! The query of the lists of events, and the events as a person sees them.

use centops_api::{Call, Operation, Problem, RequestedPage};
use centops_domain::{
    alerts::{Event, EventType, EventView},
    callers::{Person, Role},
};
use centops_store::alerts::EventQuery;

/// Reads the query of `call`.
pub(crate) fn query<O: Operation<Caller = Person>>(call: &Call<'_, O>) -> Result<EventQuery, Problem> {
    let RequestedPage { limit, after } = call.page()?;
    let types = call.query_values("kind").into_iter().map(str::parse::<EventType>);
    let types = types.collect::<Result<_, _>>().map_err(|error| Problem::invalid("#query/kind", error))?;
    let (from, to) = (call.time("from")?, call.time("to")?);
    if let (Some(from), Some(to)) = (from, to)
        && from >= to
    {
        return Err(Problem::invalid("#query/to", "after `from`"));
    }
    Ok(EventQuery { from, to, types, limit: limit.into(), after })
}

/// Returns `events` as `person` may see them: the authors of overrides are shown to staff only.
pub(crate) fn shown(person: &Person, events: Vec<Event>) -> Vec<EventView> {
    let is_staff = person.has_any_role(&Role::STAFF);
    let view = |event| if is_staff { EventView::new(event) } else { EventView::new(event).without_persons() };
    events.into_iter().map(view).collect()
}

#[cfg(test)]
mod tests {
    use centops_api::{cursor, testing};
    use jiff::Timestamp;

    use super::*;
    use crate::list_events::ListEvents;

    fn time(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    /// Runs `query` on a request with `parameters`.
    fn run(parameters: &[(&str, &str)]) -> Result<EventQuery, String> {
        let read = query::<ListEvents>;
        testing::with_query(parameters, time("2026-11-21T09:00:00Z"), read).map_err(|problem| problem.to_string())
    }

    #[test]
    fn query_has_defaults_and_takes_each_parameter() {
        let EventQuery { from, to, types, limit, after } = run(&[]).expect("a query");
        assert_eq!((from, to, types.len(), limit, after), (None, None, 0, 50, None));
        let position = "2026-11-01T00:00:00.000000000Z/2026-11-21T08:00:00.000000000Z#tax-7";
        let given = run(&[
            ("from", "2026-11-21T09:00:00+02:00"),
            ("to", "2026-11-21T09:00:00Z"),
            ("kind", "control-set"),
            ("kind", "chatbot-offline"),
            ("kind", "control-set"),
            ("limit", "100"),
            ("cursor", &cursor::after(&position)),
        ])
        .expect("a query");
        assert_eq!((given.from, given.to), (Some(time("2026-11-21T07:00:00Z")), Some(time("2026-11-21T09:00:00Z"))));
        assert_eq!(given.types, [EventType::ChatbotOffline, EventType::ControlSet].into());
        assert_eq!(given.limit, 100);
        assert_eq!(given.after.map(|position| position.to_string()).as_deref(), Some(position));
    }

    #[test]
    fn wrong_parameter_is_named() {
        let name = cursor::after(&"tax-board");
        for (field, value) in [
            ("limit", "0"),
            ("limit", "101"),
            ("from", "yesterday"),
            ("from", "2026-11-20T12:30:60Z"),
            ("to", "2026-11-21"),
            ("kind", ""),
            ("kind", "ChatbotOffline"),
            ("kind", "chatbot-offline,control-set"),
            ("cursor", "!"),
            ("cursor", &name),
        ] {
            let problem = run(&[("kind", "control-set"), (field, value)]).expect_err(value);
            assert!(problem.contains(&format!("#query/{field}")), "{field}={value}: {problem}");
        }
        let time = "2026-11-21T09:00:00Z";
        assert!(run(&[("from", time), ("to", time)]).expect_err("no time").contains("#query/to"));
    }
}
