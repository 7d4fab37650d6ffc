//! `GET /chatbots/{name}/logs`: what a chatbot logged, masked, newest first, a page at a time.

use centops_api::{Problem, Reply, caller, cursor, reply, request, serve};
use centops_domain::report::MaskedEntry;
use centops_store::{
    Store,
    logs::{LARGEST_PAGE, LogQuery},
};
use jiff::Timestamp;
use lambda_http::{Error, Request, http::StatusCode};
use serde::Serialize;

const PAGE: u16 = 100;
/// The most characters of the text that is looked for.
const LONGEST_TEXT: usize = 200;

const TIME_RULE: &str = "a time, RFC 3339";

#[derive(Serialize)]
struct Answer {
    entries: Vec<MaskedEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, _| async move { list(store, &request).await }).await
}

async fn list(store: &Store, request: &Request) -> Reply {
    let chatbot = caller::readable_chatbot(store, request).await?.1.value;
    let query = query(request)?;
    let page = store.logs(&chatbot.name, chatbot.created_at, &query, Timestamp::now()).await?;
    let next = page.next.as_ref().map(cursor::after);
    Ok(reply::json(StatusCode::OK, &Answer { entries: page.entries, next }))
}

/// What the request asks for.
fn query(request: &Request) -> Result<LogQuery, Problem> {
    let limit = request::limit(request, PAGE, LARGEST_PAGE)?.into();
    let text: Option<String> = request::query(request, "text", "")?;
    if text.as_ref().is_some_and(|text| !(1..=LONGEST_TEXT).contains(&text.chars().count())) {
        return Err(Problem::invalid("#query/text", "1 to 200 characters"));
    }
    let from = request::query(request, "from", TIME_RULE)?;
    let to = request::query(request, "to", TIME_RULE)?;
    if let (Some(from), Some(to)) = (from, to)
        && from >= to
    {
        return Err(Problem::invalid("#query/to", "after `from`"));
    }
    let level = request::query(request, "level", "debug, info, warning, error or critical")?;
    let after = cursor::asked(request)?;
    Ok(LogQuery { from, to, level, text, limit, after })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use centops_domain::observation::LogLevel;
    use lambda_http::{Body, RequestExt};

    use super::*;

    fn asked(parameters: &[(&str, &str)]) -> Result<LogQuery, String> {
        let parameters: HashMap<String, Vec<String>> =
            parameters.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])).collect();
        query(&Request::new(Body::Empty).with_query_string_parameters(parameters))
            .map_err(|problem| problem.to_string())
    }

    #[test]
    fn a_query_has_defaults_and_takes_what_is_given() {
        let LogQuery { from, to, level, text, limit, after } = asked(&[]).expect("a query");
        assert_eq!((from, to, level, text, limit, after), (None, None, None, None, 100, None));
        let given = asked(&[
            ("from", "2026-11-21T09:00:00+02:00"),
            ("to", "2026-11-21T09:00:00Z"),
            ("level", "error"),
            ("text", "Öine"),
            ("limit", "500"),
            ("cursor", &cursor::after(&"1/2/3")),
        ])
        .expect("a query");
        assert_eq!(given.from, Some("2026-11-21T07:00:00Z".parse().expect("a time")));
        assert_eq!((given.level, given.limit), (Some(LogLevel::Error), 500));
        assert_eq!(given.text.as_deref(), Some("Öine"));
        assert_eq!(given.after.map(|place| place.to_string()).as_deref(), Some("1/2/3"));
    }

    #[test]
    fn a_bad_parameter_is_named() {
        let name = cursor::after(&"tax-board");
        for (field, value) in [
            ("limit", "0"),
            ("limit", "501"),
            ("limit", "many"),
            ("from", "yesterday"),
            ("to", "2026-11-21"),
            ("level", "Error"),
            ("text", ""),
            ("text", &"x".repeat(201)),
            ("cursor", "!"),
            ("cursor", &name),
        ] {
            let problem = asked(&[(field, value)]).expect_err(value);
            assert!(problem.contains(&format!("#query/{field}")), "{field}={value}: {problem}");
        }
        let time = "2026-11-21T09:00:00Z";
        assert!(asked(&[("from", time), ("to", time)]).expect_err("no time").contains("#query/to"));
    }
}
