//! Three days without CentOps, minute by minute: a DMR that restarts now and then, and is offered cut tables.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use crate::keeper::{Answer, Ask};
use crate::simulation::{Cut, Network, Signer, SimulationError};
use crate::{Keeper, Keys, Lookup, Rules, disk};

const MINUTES: u64 = 72 * 60;
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const RESTART_EVERY: u64 = 6 * 60;
const CUT_EVERY: u64 = 60;
const LOOKUPS: usize = 20;

/// What became of a DMR in an outage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outage {
    /// How long CentOps was away, in hours of simulated time.
    pub simulated_hours: u64,
    /// Lookups that were made while CentOps was away.
    pub lookups: u64,
    /// Of them, those that did not find the right route, or a route where there is none.
    pub failed: u64,
    /// Times that the DMR was started anew, with nothing but its file.
    pub restarts: u64,
    /// Minutes at which the status had another age than the outage.
    pub wrong_ages: u64,
    /// Cut tables that were offered.
    pub cut: u64,
    /// Of them, those that were refused with the table left as it was.
    pub refused: u64,
    /// Lookups after the 72 h, by the same DMR and by one that was started then.
    pub late: u64,
    /// Of them, those that were answered `Expired`.
    pub expired: u64,
    /// Whether one question was enough to route again, by the newest table, when CentOps was back.
    pub recovered: bool,
}

impl Outage {
    /// Whether all went as it must.
    #[must_use]
    pub fn is_survived(&self) -> bool {
        let made = self.lookups > 0 && self.restarts > 0 && self.cut > 0 && self.late > 0;
        let right = self.failed == 0 && self.wrong_ages == 0 && self.refused == self.cut && self.expired == self.late;
        made && right && self.recovered
    }
}

/// Lets CentOps with so many chatbots (at least 4) be away for 72 h. The DMR keeps its table in `file`, on the real
/// disk; its clock is simulated. Every minute it looks up routes, every hour it is offered a table of each [`Cut`],
/// every six hours it starts anew.
///
/// # Errors
/// When the simulation cannot run: no random numbers, or no place for the file.
pub fn outage(chatbots: usize, file: &Path) -> Result<Outage, SimulationError> {
    let began = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 50);
    let mut network = Network::new(Signer::new()?, began);
    for number in 0..chatbots.max(4) {
        let name = name(number);
        network.put(&name, &uri(&name), began);
    }
    let mut run = Run { keeper: first(&network, began)?, outage: Outage::default(), began, file };
    run.save()?;
    for minute in 1..=MINUTES {
        run.minute(minute, &network, chatbots.max(4))?;
    }
    run.outage.simulated_hours = MINUTES / 60;
    run.late(&network)?;
    run.recover(&mut network)?;
    Ok(run.outage)
}

struct Run<'a> {
    keeper: Keeper,
    outage: Outage,
    began: Timestamp,
    file: &'a Path,
}

impl Run<'_> {
    fn minute(&mut self, minute: u64, network: &Network, chatbots: usize) -> Result<(), SimulationError> {
        let now = self.at(minute);
        if minute.is_multiple_of(RESTART_EVERY) {
            self.restart(now)?;
            self.outage.restarts += 1;
        }
        if minute.is_multiple_of(CUT_EVERY) {
            self.offer_cut_tables(network, now)?;
        }
        let age = self.keeper.status(now).age;
        self.outage.wrong_ages += u64::from(age != Some(now.duration_since(self.began)));
        for _ in 0..LOOKUPS {
            let name = name(fastrand::usize(..chatbots));
            let found = self.keeper.lookup(&name, now);
            let right = matches!(found, Lookup::Found(route) if route.name == name && route.uri == uri(&name));
            self.count(right);
        }
        let nobody = self.keeper.lookup("nobody", now) == Lookup::Unknown;
        self.count(nobody);
        Ok(())
    }

    fn offer_cut_tables(&mut self, network: &Network, now: Timestamp) -> Result<(), SimulationError> {
        let before = self.keeper.view().cloned();
        for cut in Cut::ALL {
            let answer = Answer::Whole(network.cut(cut, network.revision())?);
            let refused = self.keeper.take(Ask::Whole, answer, now).is_err();
            self.outage.cut += 1;
            self.outage.refused += u64::from(refused && self.keeper.view() == before.as_ref());
        }
        Ok(())
    }

    /// A second after the 72 h: no route is to be had any more, not by a new start either.
    fn late(&mut self, network: &Network) -> Result<(), SimulationError> {
        let now = self.at(MINUTES) + SignedDuration::from_secs(1);
        for _ in 0..2 {
            for route in network.routes() {
                self.outage.late += 1;
                self.outage.expired += u64::from(self.keeper.lookup(&route.name, now) == Lookup::Expired);
            }
            self.restart(now)?;
        }
        Ok(())
    }

    fn recover(&mut self, network: &mut Network) -> Result<(), SimulationError> {
        let now = self.at(MINUTES + 1);
        network.put("new", &uri("new"), now);
        network.remove(&name(0), now);
        let asked = self.keeper.ask();
        let taken = self.keeper.take(asked, network.answer(asked)?, now);
        let routed = matches!(self.keeper.lookup("new", now), Lookup::Found(_));
        let gone = self.keeper.lookup(&name(0), now) == Lookup::Unknown;
        self.outage.recovered = taken.is_ok() && routed && gone;
        Ok(())
    }

    /// The DMR ends and starts: all it has is the file.
    fn restart(&mut self, now: Timestamp) -> Result<(), SimulationError> {
        let keys = self.keeper.keys().clone();
        let saved = disk::load(self.file)?.unwrap_or_default();
        self.keeper = Keeper::restored(Rules::default(), keys, saved, now)?;
        Ok(())
    }

    fn save(&self) -> Result<(), SimulationError> {
        Ok(disk::save(self.file, &self.keeper.saved().unwrap_or_default())?)
    }

    fn at(&self, minute: u64) -> Timestamp {
        self.began + MINUTE * i32::try_from(minute).unwrap_or(i32::MAX)
    }

    fn count(&mut self, right: bool) {
        self.outage.lookups += 1;
        self.outage.failed += u64::from(!right);
    }
}

/// A DMR with its first table.
fn first(network: &Network, now: Timestamp) -> Result<Keeper, SimulationError> {
    let mut keeper = Keeper::new(Rules::default(), Keys::from_jwks(network.jwks().as_bytes())?);
    keeper.take(Ask::Whole, network.answer(Ask::Whole)?, now)?;
    Ok(keeper)
}

fn name(number: usize) -> String {
    format!("chatbot-{number:06}")
}

fn uri(name: &str) -> String {
    format!("https://{name}.example.ee/messages")
}
