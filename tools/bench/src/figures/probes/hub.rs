//! Scheduler, SQS and Lambda for the functions that probe: messages with delays, and as many processes of a function at
//! once as `template.yaml` permits. A process is started when none is idle, as Lambda does.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, Response};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::bench::Bench;
use crate::child::{ChildServer, CpuClock};
use crate::error::BenchError;
use crate::runtime_api::Sandbox;
use crate::server::{self, Answer, SendBatch, SendEntry};

/// The functions, by the queue that starts them, with the most processes at once.
const CONSUMERS: [(&str, &str, usize); 3] =
    [("sweeps", "sweep-recovery", 2), ("probes", "probe-chatbots", 50), ("silence", "probe-chatbots", 5)];
const SCHEDULED: &str = "schedule-probes";

/// A process that runs a function, or has done so.
#[derive(Debug)]
struct Process {
    function: &'static str,
    sandbox: Option<Sandbox>,
}

/// The running services. They end with the program.
#[derive(Debug)]
pub struct Hub {
    bootstraps: HashMap<&'static str, std::path::PathBuf>,
    environment: Vec<(&'static str, String)>,
    logs: bool,
    processes: Mutex<Vec<Process>>,
    clocks: Mutex<Vec<CpuClock>>,
    pids: Mutex<Vec<u32>>,
    longest_sweep: Mutex<Duration>,
    queues: HashMap<&'static str, mpsc::UnboundedSender<String>>,
}

/// The memory of the functions, in MiB.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    /// Of the largest process.
    pub largest: f64,
    /// Of all.
    pub total: f64,
    /// The number of processes.
    pub processes: usize,
}

impl Hub {
    /// Starts the services for functions on the table `server`.
    ///
    /// # Errors
    /// When they cannot listen.
    pub async fn start(bench: &Bench, server: &ChildServer) -> Result<Arc<Self>, BenchError> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (mut queues, mut receivers) = (HashMap::new(), Vec::new());
        for (queue, function, most) in CONSUMERS {
            let (sender, receiver) = mpsc::unbounded_channel();
            queues.insert(queue, sender);
            receivers.push((function, most, receiver));
        }
        let functions = [SCHEDULED, "sweep-recovery", "probe-chatbots"];
        let hub = Arc::new(Self {
            bootstraps: functions.into_iter().map(|name| (name, bench.bootstraps.function(name))).collect(),
            environment: environment(bench, server, address),
            logs: bench.logs,
            processes: Mutex::default(),
            clocks: Mutex::default(),
            pids: Mutex::default(),
            longest_sweep: Mutex::default(),
            queues,
        });
        for (function, most, receiver) in receivers {
            tokio::spawn(Arc::clone(&hub).consume(function, most, receiver));
        }
        tokio::spawn(server::serve(listener, Arc::clone(&hub)));
        Ok(hub)
    }

    /// Invokes the scheduled function every minute, until the task is aborted.
    #[must_use]
    pub fn schedule(self: &Arc<Self>) -> JoinHandle<()> {
        let hub = Arc::clone(self);
        tokio::spawn(async move {
            let mut minutes = tokio::time::interval(Duration::from_mins(1));
            loop {
                minutes.tick().await;
                let elapsed = hub.invoke(SCHEDULED, json!({"source": "aws.scheduler"}).to_string()).await;
                let mut longest = locked(&hub.longest_sweep);
                *longest = longest.max(elapsed);
            }
        })
    }

    /// Returns the CPU clocks of all processes.
    #[must_use]
    pub fn clocks(&self) -> Vec<CpuClock> {
        locked(&self.clocks).clone()
    }

    /// Returns the largest resident memory of the processes so far.
    ///
    /// # Errors
    /// When one has ended.
    pub fn memory(&self) -> Result<Usage, BenchError> {
        let pids = locked(&self.pids).clone();
        let sizes = pids.iter().map(|pid| crate::child::peak_memory_of(*pid)).collect::<std::io::Result<Vec<f64>>>()?;
        let largest = sizes.iter().copied().fold(0.0, f64::max);
        Ok(Usage { largest, total: sizes.iter().sum(), processes: sizes.len() })
    }

    /// Returns the longest time of the scheduled function.
    #[must_use]
    pub fn longest_sweep_of_silence(&self) -> Duration {
        *locked(&self.longest_sweep)
    }

    /// Invokes `function` for each message, at most `most` at once.
    async fn consume(
        self: Arc<Self>,
        function: &'static str,
        most: usize,
        mut messages: mpsc::UnboundedReceiver<String>,
    ) {
        let permits = Arc::new(Semaphore::new(most));
        while let Some(body) = messages.recv().await {
            let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return };
            let hub = Arc::clone(&self);
            tokio::spawn(async move {
                let event = json!({"Records": [{"messageId": "bench", "body": body}]});
                hub.invoke(function, event.to_string()).await;
                drop(permit);
            });
        }
    }

    /// Invokes `function` in an idle process, or in a new one. Returns the time that it took.
    async fn invoke(&self, function: &'static str, event: String) -> Duration {
        let started = tokio::time::Instant::now();
        let idle = {
            let mut processes = locked(&self.processes);
            let found = processes.iter_mut().find(|one| one.function == function && one.sandbox.is_some());
            found.and_then(|process| process.sandbox.take())
        };
        let sandbox = match idle {
            Some(sandbox) => Some(sandbox),
            None => self.start_process(function).await,
        };
        let Some(mut sandbox) = sandbox else { return started.elapsed() };
        if let Err(error) = sandbox.invoke(Bytes::from(event)).await {
            eprintln!("centops-bench: {function}: {error}");
        }
        let mut processes = locked(&self.processes);
        match processes.iter_mut().find(|one| one.function == function && one.sandbox.is_none()) {
            Some(process) => process.sandbox = Some(sandbox),
            None => processes.push(Process { function, sandbox: Some(sandbox) }),
        }
        started.elapsed()
    }

    async fn start_process(&self, function: &'static str) -> Option<Sandbox> {
        let bootstrap = self.bootstraps.get(function)?;
        match Sandbox::start(bootstrap, &self.environment, self.logs).await {
            Ok(sandbox) => {
                locked(&self.clocks).push(sandbox.cpu);
                locked(&self.pids).extend(sandbox.pid());
                Some(sandbox)
            }
            Err(error) => {
                eprintln!("centops-bench: {function}: {error}");
                None
            }
        }
    }
}

impl Answer for Hub {
    fn answer(&self, request: &Request<Bytes>) -> Response<Full<Bytes>> {
        let Ok(SendBatch { queue_url, entries }) = serde_json::from_slice(request.body()) else {
            return server::json(&json!({"Successful": [], "Failed": []}));
        };
        let queue = self.queues.iter().find(|(name, _)| queue_url.ends_with(*name)).map(|(_, queue)| queue.clone());
        let mut sent = Vec::new();
        for SendEntry { id, message_body, delay_seconds } in entries {
            sent.push(json!({"Id": id, "MessageId": id, "MD5OfMessageBody": ""}));
            let Some(queue) = queue.clone() else { continue };
            tokio::spawn(async move {
                sleep(Duration::from_secs(delay_seconds)).await;
                let _ = queue.send(message_body);
            });
        }
        server::json(&json!({"Successful": sent, "Failed": []}))
    }
}

fn environment(bench: &Bench, server: &ChildServer, queues: SocketAddr) -> Vec<(&'static str, String)> {
    let queue = |name: &str| format!("http://{queues}/{name}");
    let mut environment = bench.environment(&format!("http://{}", server.address));
    environment.extend([
        ("AWS_ENDPOINT_URL_SQS", format!("http://{queues}")),
        ("SWEEPS_QUEUE", queue("sweeps")),
        ("PROBES_QUEUE", queue("probes")),
        ("SILENCE_QUEUE", queue("silence")),
        ("PROBE_NETWORKS", "127.0.0.0/8".to_owned()),
    ]);
    environment
}

fn locked<T>(value: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
