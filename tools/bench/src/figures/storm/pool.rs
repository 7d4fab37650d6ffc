//! Lambda for the functions: a process is started when none is idle, and all can be killed at once.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::body::Bytes;
use tokio::sync::watch;

use crate::bench::Bench;
use crate::bootstraps::Bootstraps;
use crate::child::{CpuClock, peak_memory_of};
use crate::error::BenchError;
use crate::runtime_api::Sandbox;

/// The processes of the functions.
#[derive(Debug)]
pub struct Pool {
    bootstraps: Bootstraps,
    environment: Vec<(&'static str, String)>,
    logs: bool,
    state: Mutex<State>,
    kills: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct State {
    idle: Vec<(&'static str, Sandbox)>,
    /// The functions and CPU clocks of running processes, by process id.
    running: HashMap<u32, (&'static str, CpuClock)>,
    usage: Usage,
}

/// The use of the machine by all processes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    /// The CPU time, that of processes which ended included.
    pub cpu: Duration,
    /// The largest resident memory of the processes that ran at the same time, in MiB.
    pub memory: f64,
    /// The number of processes that were started.
    pub processes: usize,
}

impl Pool {
    /// Returns a pool without processes.
    #[must_use]
    pub fn new(bench: &Bench, environment: Vec<(&'static str, String)>) -> Self {
        let (kills, _) = watch::channel(0);
        Self { bootstraps: bench.bootstraps.clone(), environment, logs: bench.logs, state: Mutex::default(), kills }
    }

    /// Invokes `function` in an idle process, or in a new one. Returns its response; none if the invocation failed, or if
    /// the process was killed.
    pub async fn invoke(&self, function: &'static str, event: Bytes) -> Option<Bytes> {
        let mut kills = self.kills.subscribe();
        let mut sandbox = match self.take(function) {
            Some(idle) => idle,
            None => self.start(function).await?,
        };
        let result = tokio::select! {
            biased;
            _ = kills.changed() => None,
            result = sandbox.invoke(event) => Some(result),
        };
        match result {
            Some(Ok(invocation)) if !kills.has_changed().unwrap_or(true) => {
                self.state().idle.push((function, sandbox));
                Some(invocation.response)
            }
            Some(Err(error)) => {
                eprintln!("centops-bench: {function}: {error}");
                self.end(sandbox).await;
                None
            }
            _ => {
                self.end(sandbox).await;
                None
            }
        }
    }

    /// Returns whether `function` has an invocation.
    #[must_use]
    pub fn is_busy(&self, function: &str) -> bool {
        let state = self.state();
        let running = state.running.values().filter(|(name, _)| *name == function).count();
        running > state.idle.iter().filter(|(name, _)| *name == function).count()
    }

    /// Kills all processes with SIGKILL. Returns the number of invocations that are lost.
    ///
    /// # Errors
    /// When a process ended before.
    pub async fn kill(&self) -> Result<usize, BenchError> {
        let (running, idle) = {
            let mut state = self.state();
            state.measure()?;
            let running = state.running.len();
            // Their CPU time cannot be read any more.
            let used = state.used()?;
            state.usage.cpu += used;
            state.running.clear();
            self.kills.send_modify(|kills| *kills += 1);
            (running, std::mem::take(&mut state.idle))
        };
        let busy = running.saturating_sub(idle.len());
        for (_, sandbox) in idle {
            self.end(sandbox).await;
        }
        Ok(busy)
    }

    /// Returns the use of the machine so far.
    ///
    /// # Errors
    /// When a process ended by itself.
    pub fn usage(&self) -> Result<Usage, BenchError> {
        let mut state = self.state();
        state.measure()?;
        let used = state.used()?;
        Ok(Usage { cpu: state.usage.cpu + used, ..state.usage })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, function: &str) -> Option<Sandbox> {
        let idle = &mut self.state().idle;
        let found = idle.iter().position(|(name, _)| *name == function)?;
        Some(idle.swap_remove(found).1)
    }

    async fn start(&self, function: &'static str) -> Option<Sandbox> {
        match Sandbox::start(&self.bootstraps.function(function), &self.environment, self.logs).await {
            Ok(sandbox) => {
                let mut state = self.state();
                state.usage.processes += 1;
                state.running.extend(sandbox.pid().map(|pid| (pid, (function, sandbox.cpu))));
                Some(sandbox)
            }
            Err(error) => {
                eprintln!("centops-bench: {function}: {error}");
                None
            }
        }
    }

    async fn end(&self, sandbox: Sandbox) {
        if let Some(pid) = sandbox.pid() {
            let mut state = self.state();
            // A process that a kill found is counted.
            let clock = state.running.remove(&pid);
            state.usage.cpu += clock.and_then(|(_, clock)| clock.used().ok()).unwrap_or_default();
        }
        // A process that has ended cannot be killed.
        let _ = sandbox.stop().await;
    }
}

impl State {
    /// Takes the memory of the running processes into account.
    fn measure(&mut self) -> Result<(), BenchError> {
        let sizes = self.running.keys().map(|pid| peak_memory_of(*pid));
        let memory = sizes.sum::<std::io::Result<f64>>()?;
        self.usage.memory = self.usage.memory.max(memory);
        Ok(())
    }

    /// Returns the CPU time of the running processes.
    fn used(&self) -> Result<Duration, BenchError> {
        Ok(self.running.values().map(|(_, clock)| clock.used()).sum::<std::io::Result<Duration>>()?)
    }
}
