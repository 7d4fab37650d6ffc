//! `GET /audit`: lists audit records, newest first, a page at a time.

use centops_api::{Call, NoBody, Operation, Problem, Reply, RequestedPage, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{audit::RETENTION, callers::Person, chatbots::Name};
use centops_store::audit::{Audit, AuditQuery, Position};
use jiff::{SignedDuration, Timestamp};

/// The time span of a query by time alone that has no `from`.
const DEFAULT_SPAN: SignedDuration = SignedDuration::from_hours(24);
/// The longest time span without a chatbot or a person: each day is a partition.
const MAX_SPAN: SignedDuration = SignedDuration::from_hours(31 * 24);
/// The most characters of a person's `sub` (`OpenID` Connect Core, section 2).
const MAX_PERSON_LENGTH: usize = 255;

/// The operation.
#[derive(Debug)]
pub struct ListAudit;

impl Operation for ListAudit {
    const CONTRACT: contract::Operation = operations::LIST_AUDIT;
    type Caller = Person;
    type Body = NoBody;
    type State = Audit;

    async fn call(audit: &Audit, call: Call<'_, Self>) -> Reply {
        let page = audit.records(&query(&call)?, call.now()).await?;
        Ok(reply::page("records", &page.items, page.next.as_ref()))
    }
}

fn query(call: &Call<'_, ListAudit>) -> Result<AuditQuery, Problem> {
    let now = call.now();
    let RequestedPage { limit, after } = call.page::<Position>()?;
    let chatbot: Option<Name> = call.query("chatbot", "the name of a chatbot")?;
    let person: Option<String> = call.query("person", "")?;
    if person.as_ref().is_some_and(|person| !(1..=MAX_PERSON_LENGTH).contains(&person.chars().count())) {
        return Err(Problem::invalid("#query/person", "1 to 255 characters"));
    }
    let to = call.time("to")?.unwrap_or(now);
    let by_time = chatbot.is_none() && person.is_none();
    let default = to.checked_sub(if by_time { DEFAULT_SPAN } else { RETENTION }).unwrap_or(Timestamp::MIN);
    // Each further page keeps the lower bound of the first, although time has passed.
    let default = after.as_ref().map_or(default, Position::from);
    let from = call.time("from")?.unwrap_or(default);
    if from >= to {
        return Err(Problem::invalid("#query/to", "after `from`"));
    }
    // A further page has less to read: its upper bound is its cursor, and `to` may be a later now.
    let newest = after.as_ref().map_or(to, |position| to.min(position.at()));
    if by_time && newest.duration_since(from) > MAX_SPAN {
        return Err(Problem::invalid("#query/from", "at most 31 days before `to`, without a chatbot or a person"));
    }
    Ok(AuditQuery { from, to, chatbot, person, limit: limit.into(), after })
}

#[cfg(test)]
mod tests {
    use centops_api::{cursor, testing};

    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    /// Runs `query` on a request with `parameters`, at 09:00 on 21 November 2026.
    fn run(parameters: &[(&str, &str)]) -> Result<AuditQuery, String> {
        let now = time("2026-11-21T09:00:00Z");
        testing::with_query(parameters, now, query).map_err(|problem| problem.to_string())
    }

    #[test]
    fn query_has_defaults_and_takes_each_parameter() {
        let AuditQuery { from, to, chatbot, person, limit, after } = run(&[]).expect("a query");
        assert_eq!((from, to), (time("2026-11-20T09:00:00Z"), time("2026-11-21T09:00:00Z")), "a day");
        assert_eq!((chatbot, person, limit, after), (None, None, 100, None));
        let all = run(&[("chatbot", "tax-board"), ("person", "EE60001019906"), ("limit", "200")]).expect("a query");
        assert_eq!(all.from, time("2025-10-17T09:00:00Z"), "the whole retention time");
        assert_eq!((all.chatbot.as_ref().map(Name::as_str), all.limit), (Some("tax-board"), 200));
        assert_eq!(all.person.as_deref(), Some("EE60001019906"));
        let fine = run(&[("from", "2026-11-21T08:00:00.123456789012Z")]).expect("a query");
        assert_eq!(fine.from, time("2026-11-21T08:00:00.123456789Z"), "to nanoseconds");
        let long = run(&[("from", "2020-01-01T00:00:00Z"), ("person", "EE1")]).expect("a query");
        assert_eq!(long.from, time("2020-01-01T00:00:00Z"));
    }

    #[test]
    fn next_page_keeps_the_lower_bound_of_the_first() {
        let position = "2026-11-20T08:59:58.000000000Z/2026-11-21T08:00:00.000000000Z#7f9c";
        let next = run(&[("cursor", &cursor::after(&position))]).expect("a query");
        assert_eq!(next.from, time("2026-11-20T08:59:58Z"));
        let narrower =
            run(&[("cursor", &cursor::after(&position)), ("from", "2026-11-21T00:00:00Z")]).expect("a query");
        assert_eq!(narrower.from, time("2026-11-21T00:00:00Z"));
        let month = [("cursor", cursor::after(&position)), ("from", "2026-10-21T08:30:00Z".to_owned())];
        run(&month.each_ref().map(|(name, value)| (*name, value.as_str()))).expect("within 31 days of the cursor");
    }

    #[test]
    fn wrong_parameter_is_named() {
        let name = cursor::after(&"tax-board");
        for (field, value) in [
            ("limit", "0"),
            ("limit", "201"),
            ("from", "yesterday"),
            ("from", "2026-10-21T08:59:59Z"),
            ("from", "2026-11-20T12:30:60Z"),
            ("to", "2026-11-21"),
            ("to", "2026-11-21T12:30:00+24:00"),
            ("chatbot", "A"),
            ("person", ""),
            ("person", &"x".repeat(256)),
            ("cursor", "!"),
            ("cursor", &name),
        ] {
            let problem = run(&[(field, value)]).expect_err(value);
            assert!(problem.contains(&format!("#query/{field}")), "{field}={value}: {problem}");
        }
        let time = "2026-11-21T08:00:00Z";
        assert!(run(&[("from", time), ("to", time)]).expect_err("an empty span").contains("#query/to"));
        assert!(run(&[("to", "-009999-01-02T01:59:59Z")]).is_err(), "no day precedes the first representable time");
    }
}
