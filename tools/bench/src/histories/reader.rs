//! A process that reads: the routes through the bootstraps, as a DMR does.

use hyper::body::Bytes;
use serde_json::Value;
use tokio::sync::Mutex;

use super::Clock;
use super::history::{Action, Operation, Revision, Time};
use crate::answer::Answer;
use crate::event;
use crate::figures::BenchError;
use crate::runtime_api::Sandbox;

/// The environments that the readers share: each answers one at a time.
#[derive(Debug)]
pub struct Functions {
    /// Two of get-routes, each with a table of its own in memory.
    pub tables: [Mutex<Sandbox>; 2],
    /// One of get-route.
    pub route: Mutex<Sandbox>,
}

/// A reader.
#[derive(Debug)]
pub struct Reader {
    process: usize,
    held: Option<Revision>,
    /// Reads that were answered with an error, as they may.
    pub failed: usize,
    /// The reads.
    pub operations: Vec<Operation>,
}

impl Reader {
    /// The reader `process`.
    #[must_use]
    pub fn new(process: usize) -> Self {
        Self { process, held: None, failed: 0, operations: Vec::new() }
    }

    /// Reads `count` times, one of `names` or the table.
    ///
    /// # Errors
    /// When a function ends, or answers what it never may.
    pub async fn run(
        &mut self,
        clock: &Clock,
        functions: &Functions,
        names: &[String],
        count: usize,
        dice: &mut fastrand::Rng,
    ) -> Result<(), BenchError> {
        for _ in 0..count {
            let table = &functions.tables[dice.usize(..2)];
            match (dice.u32(..10), self.held) {
                (0..2, _) => self.route(clock, &functions.route, &names[dice.usize(..names.len())]).await?,
                (2..7, Some(since)) => self.delta(clock, table, since).await?,
                (7, Some(held)) => self.whole(clock, table, Some(held)).await?,
                _ => self.whole(clock, table, None).await?,
            }
        }
        Ok(())
    }

    /// Brings its own table up to date, and then reads the whole of it from each environment.
    ///
    /// # Errors
    /// The same.
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
        let (answer, times) = ask(clock, sandbox, event::get_route(name)).await?;
        let uri = match answer.status {
            200 => Some(text(&answer.body()?["uri"])),
            404 | 409 => None,
            _ => return self.refused(&answer),
        };
        self.done(times, Action::Route { name: name.to_owned(), uri });
        Ok(())
    }

    async fn whole(
        &mut self,
        clock: &Clock,
        sandbox: &Mutex<Sandbox>,
        held: Option<Revision>,
    ) -> Result<(), BenchError> {
        let known = held.map(|held| format!("\"{held}\""));
        let (answer, times) = ask(clock, sandbox, event::get_routes(known.as_deref())).await?;
        let action = match (answer.status, held) {
            (304, Some(revision)) => Action::Unchanged { revision },
            (200, _) => {
                let body = answer.body()?;
                let routes = list(&body["routes"]).map(|route| (text(&route["name"]), text(&route["uri"]))).collect();
                let (revision, count) = head(&body);
                self.held = Some(revision);
                Action::Whole { revision, count, routes }
            }
            _ => return self.refused(&answer),
        };
        self.done(times, action);
        Ok(())
    }

    async fn delta(&mut self, clock: &Clock, sandbox: &Mutex<Sandbox>, since: Revision) -> Result<(), BenchError> {
        let (answer, times) = ask(clock, sandbox, event::get_changes(since)).await?;
        let action = match answer.status {
            200 => {
                let body = answer.body()?;
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
            _ => return self.refused(&answer),
        };
        self.done(times, action);
        Ok(())
    }

    fn done(&mut self, (invoked, returned): (Time, Time), action: Action) {
        self.operations.push(Operation { process: self.process, invoked, returned: Some(returned), action });
    }

    /// A 5xx is right where the table does not answer: it says nothing of the routes.
    fn refused(&mut self, answer: &Answer) -> Result<(), BenchError> {
        if answer.status < 500 {
            return Err(answer.unexpected("get-routes", 200));
        }
        self.failed += 1;
        Ok(())
    }
}

async fn ask(clock: &Clock, sandbox: &Mutex<Sandbox>, event: Bytes) -> Result<(Answer, (Time, Time)), BenchError> {
    let mut sandbox = sandbox.lock().await;
    let invoked = clock.now();
    let invocation = sandbox.invoke(event).await;
    let returned = clock.now();
    let invocation = invocation.map_err(|reason| BenchError::Sandbox { function: "a function".to_owned(), reason })?;
    Ok((Answer::of(&invocation.answer), (invoked, returned)))
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
