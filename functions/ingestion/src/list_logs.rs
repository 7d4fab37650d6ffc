//! `GET /chatbots/{name}/logs`: lists the masked log entries of a chatbot, newest first, a page at a time.

use centops_api::{Call, NoBody, Operation, Problem, Reply, RequestedPage, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::{Store, ingestion::LogQuery};

/// The most characters of the text to search for.
const MAX_TEXT_LENGTH: usize = 200;

/// The operation.
#[derive(Debug)]
pub struct ListLogs;

impl Operation for ListLogs {
    const CONTRACT: contract::Operation = operations::LIST_LOGS;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let chatbot = call.chatbot_in_scope(store).await?.value;
        let page = store.logs(&chatbot.name, chatbot.created_at, &query(&call)?, call.now()).await?;
        Ok(reply::page("entries", &page.items, page.next.as_ref()))
    }
}

fn query(call: &Call<'_, ListLogs>) -> Result<LogQuery, Problem> {
    let RequestedPage { limit, after } = call.page()?;
    let text: Option<String> = call.query("text", "")?;
    if text.as_ref().is_some_and(|text| !(1..=MAX_TEXT_LENGTH).contains(&text.chars().count())) {
        return Err(Problem::invalid("#query/text", "1 to 200 characters"));
    }
    let from = call.time("from")?;
    let to = call.time("to")?;
    if let (Some(from), Some(to)) = (from, to)
        && from >= to
    {
        return Err(Problem::invalid("#query/to", "after `from`"));
    }
    let level = call.query("level", "debug, info, warning, error or critical")?;
    Ok(LogQuery { from, to, level, text, limit: limit.into(), after })
}

#[cfg(test)]
mod tests {
    use centops_api::{cursor, testing};
    use centops_domain::ingestion::LogLevel;
    use jiff::Timestamp;

    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    /// Runs `query` on a request with `parameters`, at 09:00 on 21 November 2026.
    fn run(parameters: &[(&str, &str)]) -> Result<LogQuery, String> {
        let now = time("2026-11-21T09:00:00Z");
        testing::with_query(parameters, now, query).map_err(|problem| problem.to_string())
    }

    #[test]
    fn query_has_defaults_and_takes_each_parameter() {
        let LogQuery { from, to, level, text, limit, after } = run(&[]).expect("a query");
        assert_eq!((from, to, level, text, limit, after), (None, None, None, None, 100, None));
        let given = run(&[
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
        assert_eq!(given.after.map(|position| position.to_string()).as_deref(), Some("1/2/3"));
    }

    #[test]
    fn wrong_parameter_is_named() {
        let name = cursor::after(&"tax-board");
        for (field, value) in [
            ("limit", "0"),
            ("limit", "501"),
            ("limit", "many"),
            ("from", "yesterday"),
            ("from", "2026-11-20T12:30:60Z"),
            ("to", "2026-11-21"),
            ("to", "2026-11-21T12:30:00+24:00"),
            ("level", "Error"),
            ("text", ""),
            ("text", &"x".repeat(201)),
            ("cursor", "!"),
            ("cursor", &name),
        ] {
            let problem = run(&[(field, value)]).expect_err(value);
            assert!(problem.contains(&format!("#query/{field}")), "{field}={value}: {problem}");
        }
        let time = "2026-11-21T09:00:00Z";
        assert!(run(&[("from", time), ("to", time)]).expect_err("no time").contains("#query/to"));
    }
}
