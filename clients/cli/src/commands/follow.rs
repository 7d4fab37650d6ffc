//! Commands that go on until they are interrupted: `logs -f`, `routes watch`. The server has no stream, so both poll.

use std::{collections::BTreeSet, time::Duration};

use centops_client::{Client, ClientError};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    args::Logs,
    error::CliError,
    output::{Format, Output},
    table,
};

/// The number of entries without a limit.
const ENTRIES: usize = 100;

/// Shows log entries, the oldest first; with `follow` also new ones.
pub async fn logs(client: &Client, arguments: &Logs, output: &Output) -> Result<(), CliError> {
    let limit = arguments.range.limit.unwrap_or(ENTRIES);
    let mut entries = read(client, arguments, arguments.range.from.as_deref(), Some(limit)).await?;
    entries.reverse();
    if !arguments.follow {
        return output.list("list-logs", &entries);
    }
    let interval =
        Duration::try_from_secs_f64(arguments.interval).map_err(|error| CliError::Usage(error.to_string()))?;
    let (mut newest, mut shown) = (String::new(), BTreeSet::new());
    loop {
        for entry in &entries {
            let at = entry.get("at").and_then(Value::as_str).unwrap_or_default();
            // Entries of the newest time come again, because another one may have the same time.
            if !shown.insert(entry.to_string()) {
                continue;
            }
            if at > newest.as_str() {
                at.clone_into(&mut newest);
            }
            line(output, entry)?;
        }
        shown.retain(|entry| entry.contains(&newest));
        sleep(interval).await;
        let from = if newest.is_empty() { arguments.range.from.clone() } else { Some(newest.clone()) };
        entries = read(client, arguments, from.as_deref(), None).await?;
        entries.reverse();
    }
}

async fn read(
    client: &Client,
    arguments: &Logs,
    from: Option<&str>,
    limit: Option<usize>,
) -> Result<Vec<Value>, ClientError> {
    let call = client.list_logs(&arguments.name).query_if("from", from).query_if("to", arguments.range.to.as_deref());
    let call = call.query_if("level", arguments.level.as_deref()).query_if("text", arguments.text.as_deref());
    call.query("limit", limit.unwrap_or(500).clamp(1, 500)).items(limit, |_| ()).await
}

/// Writes one object on one line.
fn line(output: &Output, item: &Value) -> Result<(), CliError> {
    if matches!(output.format, Format::Json | Format::Yaml) {
        return output.bytes(format!("{item}\n").as_bytes());
    }
    let text = |field: &str| item.get(field).and_then(Value::as_str).unwrap_or("-");
    let words = ["at", "level", "change", "name", "message", "uri"]
        .map(|field| item.get(field).map(|_| table::visible(text(field))));
    output.bytes((words.into_iter().flatten().collect::<Vec<_>>().join("  ") + "\n").as_bytes())
}

/// Shows the route table.
pub async fn routes(client: &Client, name: Option<&str>, output: &Output) -> Result<(), CliError> {
    match name {
        Some(name) => output.item(&client.get_route(name).send().await?.body),
        None => output.list("get-routes", &client.get_routes().items(None, |_| ()).await?),
    }
}

/// Shows changes of the route table. If changes are not kept any more, the revision goes on from the whole table.
pub async fn watch(client: &Client, interval: f64, output: &Output) -> Result<(), CliError> {
    let interval = Duration::try_from_secs_f64(interval).map_err(|error| CliError::Usage(error.to_string()))?;
    let mut revision = whole(client).await?;
    output.message(&format!("watching from revision {revision}"));
    loop {
        sleep(interval).await;
        let etag = format!("\"{revision}\"");
        let call = client.get_routes().query("since", revision).header("If-None-Match", &etag);
        let reply = match call.reply().await {
            Ok(reply) if reply.status == 304 => continue,
            Ok(reply) => reply,
            Err(error) if error.status() == Some(410) => {
                revision = whole(client).await?;
                output.message(&format!("changes were missed; watching from revision {revision}"));
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let malformed = |reason| ClientError::Malformed { operation: "get-routes", reason };
        let body: Value = serde_json::from_slice(&reply.body).map_err(malformed)?;
        for change in body.get("changes").and_then(Value::as_array).into_iter().flatten() {
            let kind = if change.get("uri").is_some() { "routed" } else { "removed" };
            let mut change = change.clone();
            change.as_object_mut().map(|fields| fields.insert("change".to_owned(), json!(kind)));
            line(output, &change)?;
        }
        revision = body.get("revision").and_then(Value::as_i64).unwrap_or(revision);
    }
}

async fn whole(client: &Client) -> Result<i64, ClientError> {
    let body = client.get_routes().send().await?.body;
    Ok(body.get("revision").and_then(Value::as_i64).unwrap_or_default())
}
