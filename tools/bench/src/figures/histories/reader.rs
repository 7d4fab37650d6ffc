//! A process that reads the routes through the bootstraps, as a DMR does.

use hyper::body::Bytes;
use serde_json::Value;
use tokio::sync::Mutex;

use super::history::{Action, Clock, Operation, Revision, Time};
use crate::error::BenchError;
use crate::event;
use crate::response::FunctionResponse;
use crate::runtime_api::Sandbox;

/// The environments that the readers share. Each serves one request at a time.
#[derive(Debug)]
pub struct Functions {
    /// Two environments of get-routes, each with its own table in memory.
    pub tables: [Mutex<Sandbox>; 2],
    /// One environment of get-route.
    pub route: Mutex<Sandbox>,
}

/// A reader.
#[derive(Debug)]
pub struct Reader {
    process: usize,
    held: Option<Revision>,
    /// The number of reads that failed with a 5xx.
    pub failed: usize,
    /// The successful reads.
    pub operations: Vec<Operation>,
}

impl Reader {
    /// The reader `process`, without a table.
    #[must_use]
    pub fn new(process: usize) -> Self {
        Self { process, held: None, failed: 0, operations: Vec::new() }
    }

    /// Reads `count` times: one of `names`, the table or a delta.
    ///
    /// # Errors
    /// When a function ends, or returns an unexpected response.
    pub async fn run(
        &mut self,
        clock: &Clock,
        functions: &Functions,
        names: &[String],
        count: usize,
        random: &mut fastrand::Rng,
    ) -> Result<(), BenchError> {
        for _ in 0..count {
            let table = &functions.tables[random.usize(..2)];
            match (random.u32(..10), self.held) {
                (0..2, _) => self.route(clock, &functions.route, &names[random.usize(..names.len())]).await?,
                (2..7, Some(since)) => self.delta(clock, table, since).await?,
                (7, Some(held)) => self.whole(clock, table, Some(held)).await?,
                _ => self.whole(clock, table, None).await?,
            }
        }
        Ok(())
    }

    /// Brings the reader's own table up to date, then reads the whole table from each environment.
    ///
    /// # Errors
    /// When a function ends, or returns an unexpected response.
    pub async fn finish(&mut self, clock: &Clock, functions: &Functions) -> Result<(), BenchError> {
        if let Some(since) = self.held {
            self.delta(clock, &functions.tables[self.process % 2], since).await?;
        }
        for table in &functions.tables {
            self.whole(clock, table, None).await?;
        }
        Ok(())
    }

    async fn route(&mut self, clock: &Clock, sandbox: &Mutex<Sandbox>, name: &str) -> Result<(), BenchError> {
        let (response, times) = invoke(clock, sandbox, event::get_route(name)).await?;
        let uri = match response.status {
            200 => Some(text(&response.json()?["uri"])),
            404 | 409 => None,
            _ => return self.count_failure(&response),
        };
        self.record(times, Action::Route { name: name.to_owned(), uri });
        Ok(())
    }

    async fn whole(
        &mut self,
        clock: &Clock,
        sandbox: &Mutex<Sandbox>,
        held: Option<Revision>,
    ) -> Result<(), BenchError> {
        let known = held.map(|held| format!("\"{held}\""));
        let (response, times) = invoke(clock, sandbox, event::get_routes(known.as_deref())).await?;
        let action = match (response.status, held) {
            (304, Some(revision)) => Action::Unchanged { revision },
            (200, _) => {
                let body = response.json()?;
                let routes = list(&body["routes"]).map(|route| (text(&route["name"]), text(&route["uri"]))).collect();
                let (revision, count) = head(&body);
                self.held = Some(revision);
                Action::Whole { revision, count, routes }
            }
            _ => return self.count_failure(&response),
        };
        self.record(times, action);
        Ok(())
    }

    async fn delta(&mut self, clock: &Clock, sandbox: &Mutex<Sandbox>, since: Revision) -> Result<(), BenchError> {
        let (response, times) = invoke(clock, sandbox, event::get_changes(since)).await?;
        let action = match response.status {
            200 => {
                let body = response.json()?;
                let changes = list(&body["changes"]).map(|change| {
                    let uri = (change["gone"] != true).then(|| text(&change["uri"]));
                    (text(&change["name"]), uri)
                });
                let (revision, count) = head(&body);
                self.held = Some(revision);
                let since = body["since"].as_u64().unwrap_or_default();
                Action::Delta { since, revision, count, changes: changes.collect() }
            }
            410 => Action::Gone { since },
            _ => return self.count_failure(&response),
        };
        self.record(times, action);
        Ok(())
    }

    fn record(&mut self, (invoked, returned): (Time, Time), action: Action) {
        self.operations.push(Operation { process: self.process, invoked, returned: Some(returned), action });
    }

    /// Counts a 5xx, which is right if the table does not respond: it shows nothing about the routes.
    fn count_failure(&mut self, response: &FunctionResponse) -> Result<(), BenchError> {
        if response.status < 500 {
            return Err(response.unexpected("get-routes", 200));
        }
        self.failed += 1;
        Ok(())
    }
}

/// Invokes a function, and returns its response with the times before and after.
async fn invoke(
    clock: &Clock,
    sandbox: &Mutex<Sandbox>,
    event: Bytes,
) -> Result<(FunctionResponse, (Time, Time)), BenchError> {
    let mut sandbox = sandbox.lock().await;
    let invoked = clock.now();
    let invocation = sandbox.invoke(event).await;
    let returned = clock.now();
    let invocation = invocation.map_err(|reason| BenchError::Sandbox { function: "a function".to_owned(), reason })?;
    Ok((FunctionResponse::parse(&invocation.response), (invoked, returned)))
}

fn head(body: &Value) -> (Revision, usize) {
    let count = body["count"].as_u64().and_then(|count| usize::try_from(count).ok());
    (body["revision"].as_u64().unwrap_or_default(), count.unwrap_or(usize::MAX))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
