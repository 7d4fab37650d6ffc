//! Parts of this program that run as processes of their own, so that their CPU counts for nobody else.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use nix::time::{ClockId, clock_getcpuclockid};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A process that serves on an address. Ends with its value.
#[derive(Debug)]
pub struct Served {
    /// Where it answers.
    pub address: SocketAddr,
    /// The CPU time that it has used.
    pub cpu: Cpu,
    _process: Child,
}

impl Served {
    /// Starts this program as its subcommand `arguments`, which prints its address first.
    ///
    /// # Errors
    /// When it does not start, or says something else.
    pub async fn start(arguments: &[&str]) -> std::io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut process = command.args(arguments).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let output = process.stdout.take().ok_or(ErrorKind::BrokenPipe)?;
        let line = BufReader::new(output).lines().next_line().await?.unwrap_or_default();
        let unexpected = |_| std::io::Error::other(format!("it says `{line}`, not its address"));
        let address = line.parse().map_err(unexpected)?;
        Ok(Self { address, cpu: Cpu::of(&process)?, _process: process })
    }
}

/// The CPU clock of a process: of all its threads, those that ended included.
#[derive(Debug, Clone, Copy)]
pub struct Cpu(ClockId);

impl Cpu {
    /// The clock of `process`.
    ///
    /// # Errors
    /// When there is no such process any more.
    pub fn of(process: &Child) -> std::io::Result<Self> {
        let pid = process.id().and_then(|id| i32::try_from(id).ok()).ok_or(ErrorKind::NotFound)?;
        Ok(Self(clock_getcpuclockid(Pid::from_raw(pid))?))
    }

    /// The CPU time used up to now.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn used(self) -> std::io::Result<Duration> {
        Ok(Duration::from(self.0.now()?))
    }
}
