//! A process that writes through a client and a proxy of its own, and gives up soon.

use std::net::SocketAddr;
use std::path::Path;

use centops_domain::chatbots::Name;

use super::history::{Action, Clock, Operation, Write};
use super::writes::{Reply, Request, WriteKind, Writes};
use crate::error::BenchError;
use crate::fault_proxy::{FaultProxy, FaultRates};

/// The kinds to choose from. A kind that is chosen more often is in the list more than once.
const WRITE_KINDS: [WriteKind; 12] = [
    WriteKind::Enrol,
    WriteKind::Enrol,
    WriteKind::Online,
    WriteKind::Online,
    WriteKind::Online,
    WriteKind::Offline,
    WriteKind::Offline,
    WriteKind::Probe,
    WriteKind::Probe,
    WriteKind::Move,
    WriteKind::Move,
    WriteKind::Remove,
];

/// A writer.
#[derive(Debug)]
pub struct Writer {
    process: usize,
    writes: Writes,
    /// The proxy between this writer and the table.
    pub proxy: FaultProxy,
}

impl Writer {
    /// Starts the writer `process` on the table at `address`: in this process, or with the `program` of another release.
    ///
    /// # Errors
    /// When its proxy or the program does not start.
    pub async fn start(process: usize, address: SocketAddr, program: Option<&Path>) -> std::io::Result<Self> {
        let proxy = FaultProxy::start(address, 0, FaultRates::default()).await?;
        Ok(Self { process, writes: Writes::start(proxy.address, program)?, proxy })
    }

    /// Writes `count` times to one of `names`, and returns the writes that took effect or may have.
    ///
    /// # Errors
    /// When the store fails in a way that no injected fault causes.
    pub async fn run(
        &self,
        clock: &Clock,
        names: &[Name],
        count: usize,
        mut random: fastrand::Rng,
    ) -> Result<Vec<Operation>, BenchError> {
        let mut operations = Vec::new();
        for index in 0..count {
            // The first writes enrol and route each name, so that there is something to write.
            let own = self.process % names.len();
            let (name, kind) = match index {
                0 => (&names[own], WriteKind::Enrol),
                1 => (&names[own], WriteKind::Online),
                _ => (&names[random.usize(..names.len())], WRITE_KINDS[random.usize(..WRITE_KINDS.len())]),
            };
            let uri = format!("https://{name}.example.ee/{}-{index}", self.process);
            let before = self.proxy.unclear();
            let mut invoked = clock.now();
            let request = Request { kind, name: name.clone(), uri };
            let reply = self.writes.write(&request, || invoked = clock.now()).await?;
            let returned = clock.now();
            // A refusal may be that of a second attempt after a first one that took effect.
            let clear = self.proxy.unclear() == before;
            let returned = match reply {
                Reply::Done => Some(returned),
                Reply::Refused if clear => continue,
                Reply::Refused | Reply::Unavailable => None,
                Reply::Failed(_) | Reply::Begins => return Err(BenchError::Writer(format!("{reply:?}"))),
            };
            let action = Action::Write { name: name.to_string(), write: effect(request) };
            operations.push(Operation { process: self.process, invoked, returned, action });
        }
        Ok(operations)
    }

    /// Removes the chatbots that the history left, through a proxy without faults.
    pub async fn clean(&self, names: &[Name]) {
        for name in names {
            let request = Request { kind: WriteKind::Remove, name: name.clone(), uri: String::new() };
            // A chatbot that stays is harmless: no other history has its name.
            let _ = self.writes.write(&request, || ()).await;
        }
    }
}

/// Returns what a write does to the route of its chatbot.
fn effect(request: Request) -> Write {
    match request.kind {
        WriteKind::Enrol => Write::Enrol { uri: request.uri },
        WriteKind::Online | WriteKind::Probe => Write::Online,
        WriteKind::Offline => Write::Offline,
        WriteKind::Move => Write::Move { uri: request.uri },
        WriteKind::Remove => Write::Remove,
    }
}
