//! `GET /audit`: who did what, newest first, a page at a time.

use centops_api::{Problem, Reply, caller, cursor, reply, request, serve};
use centops_domain::{
    audit::{KEPT, Record},
    caller::Role,
    name::Name,
};
use centops_store::audit::{Audit, AuditQuery, LARGEST_PAGE, Place};
use jiff::{SignedDuration, Timestamp};
use lambda_http::{Error, Request, http::StatusCode};
use serde::Serialize;

const PAGE: u16 = 100;
/// How far back it goes by time alone, unless it is said.
const USUAL: SignedDuration = SignedDuration::from_hours(24);
/// The longest time without a chatbot or a person: each day is a partition.
const LONGEST: SignedDuration = SignedDuration::from_hours(31 * 24);
/// The most characters of a person's `sub`: `OpenID` Connect has no longer ones.
const LONGEST_PERSON: usize = 255;

const TIME_RULE: &str = "a time, RFC 3339";

#[derive(Serialize)]
struct Answer {
    records: Vec<Record>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    centops_api::startup::logs();
    let audit = &centops_api::startup::audit(&centops_api::startup::config()?)?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, act| async move { list(audit, &request, act.now).await }).await
}

async fn list(audit: &Audit, request: &Request, now: Timestamp) -> Reply {
    caller::person(request, &[Role::Admin])?;
    let page = audit.records(&query(request, now)?, now).await?;
    let next = page.next.as_ref().map(cursor::after);
    Ok(reply::json(StatusCode::OK, &Answer { records: page.records, next }))
}

/// What the request asks for at `now`.
fn query(request: &Request, now: Timestamp) -> Result<AuditQuery, Problem> {
    let limit = request::limit(request, PAGE, LARGEST_PAGE)?.into();
    let chatbot: Option<Name> = request::query(request, "chatbot", "the name of a chatbot")?;
    let person: Option<String> = request::query(request, "person", "")?;
    if person.as_ref().is_some_and(|person| !(1..=LONGEST_PERSON).contains(&person.chars().count())) {
        return Err(Problem::invalid("#query/person", "1 to 255 characters"));
    }
    let after: Option<Place> = cursor::asked(request)?;
    let to: Timestamp = request::query(request, "to", TIME_RULE)?.unwrap_or(now);
    let by_time = chatbot.is_none() && person.is_none();
    let usual = to.checked_sub(if by_time { USUAL } else { KEPT }).unwrap_or(Timestamp::MIN);
    // A list ends where its first page said, although that was a while ago.
    let usual = after.as_ref().map_or(usual, Place::from);
    let from = request::query(request, "from", TIME_RULE)?.unwrap_or(usual);
    if from >= to {
        return Err(Problem::invalid("#query/to", "after `from`"));
    }
    // What is still to be read: `to` may be now, which is later than it was.
    let newest = after.as_ref().map_or(to, |place| to.min(place.at()));
    if by_time && newest.duration_since(from) > LONGEST {
        return Err(Problem::invalid("#query/from", "at most 31 days before `to`, without a chatbot or a person"));
    }
    Ok(AuditQuery { from, to, chatbot, person, limit, after })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use lambda_http::{Body, RequestExt};

    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn asked(parameters: &[(&str, &str)]) -> Result<AuditQuery, String> {
        let parameters: HashMap<String, Vec<String>> =
            parameters.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])).collect();
        let request = Request::new(Body::Empty).with_query_string_parameters(parameters);
        query(&request, time("2026-11-21T09:00:00Z")).map_err(|problem| problem.to_string())
    }

    #[test]
    fn a_query_has_defaults_and_takes_what_is_given() {
        let AuditQuery { from, to, chatbot, person, limit, after } = asked(&[]).expect("a query");
        assert_eq!((from, to), (time("2026-11-20T09:00:00Z"), time("2026-11-21T09:00:00Z")), "a day");
        assert_eq!((chatbot, person, limit, after), (None, None, 100, None));
        let all = asked(&[("chatbot", "tax-board"), ("person", "EE60001019906"), ("limit", "200")]).expect("a query");
        assert_eq!(all.from, time("2025-10-17T09:00:00Z"), "all that is kept");
        assert_eq!((all.chatbot.as_ref().map(Name::as_str), all.limit), (Some("tax-board"), 200));
        assert_eq!(all.person.as_deref(), Some("EE60001019906"));
        let long = asked(&[("from", "2020-01-01T00:00:00Z"), ("person", "EE1")]).expect("a query");
        assert_eq!(long.from, time("2020-01-01T00:00:00Z"));
    }

    #[test]
    fn a_next_page_ends_where_the_first_said() {
        let place = "2026-11-20T08:59:58.000000000Z/2026-11-21T08:00:00.000000000Z#7f9c";
        let next = asked(&[("cursor", &cursor::after(&place))]).expect("a query");
        assert_eq!(next.from, time("2026-11-20T08:59:58Z"));
        let narrower = asked(&[("cursor", &cursor::after(&place)), ("from", "2026-11-21T00:00:00Z")]).expect("a query");
        assert_eq!(narrower.from, time("2026-11-21T00:00:00Z"));
        let month = [("cursor", cursor::after(&place)), ("from", "2026-10-21T08:30:00Z".to_owned())];
        asked(&month.each_ref().map(|(name, value)| (*name, value.as_str()))).expect("it was allowed an hour ago");
    }

    #[test]
    fn a_bad_parameter_is_named() {
        let name = cursor::after(&"tax-board");
        for (field, value) in [
            ("limit", "0"),
            ("limit", "201"),
            ("from", "yesterday"),
            ("from", "2026-10-21T08:59:59Z"),
            ("to", "2026-11-21"),
            ("chatbot", "A"),
            ("person", ""),
            ("person", &"x".repeat(256)),
            ("cursor", "!"),
            ("cursor", &name),
        ] {
            let problem = asked(&[(field, value)]).expect_err(value);
            assert!(problem.contains(&format!("#query/{field}")), "{field}={value}: {problem}");
        }
        let time = "2026-11-21T08:00:00Z";
        assert!(asked(&[("from", time), ("to", time)]).expect_err("no time").contains("#query/to"));
        assert!(asked(&[("to", "-009999-01-02T01:59:59Z")]).is_err(), "the beginning of time has no day before it");
    }
}
