//! An outage of 72 h in simulated time: a DMR that restarts, looks up routes and is offered faulty tables.

use std::path::Path;

use centops_network_api::Keys;
use centops_network_api::signer::Signer;
use jiff::{SignedDuration, Timestamp};

use crate::lookup::Lookup;
use crate::policy::UpdatePolicy;
use crate::protocol::{RouteRequest, RouteResponse};
use crate::simulation::error::SimulationError;
use crate::simulation::fault::TableFault;
use crate::simulation::network::SimulatedNetwork;
use crate::table_file;
use crate::updater::Updater;

const OUTAGE_MINUTES: u64 = 72 * 60;
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const RESTART_INTERVAL_MINUTES: u64 = 6 * 60;
const FAULT_INTERVAL_MINUTES: u64 = 60;
const LOOKUPS_PER_MINUTE: usize = 20;

/// The results of a simulated outage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutageReport {
    /// The length of the outage, in hours of simulated time.
    pub simulated_hours: u64,
    /// Lookups during the outage.
    pub lookups: u64,
    /// Lookups that did not return the correct route, or returned a route where there is none.
    pub failed: u64,
    /// Restarts of the DMR, with nothing but its file.
    pub restarts: u64,
    /// Minutes in which the status had an age other than the outage's.
    pub wrong_ages: u64,
    /// Faulty tables that were offered.
    pub faulty_tables: u64,
    /// Faulty tables that were rejected without a change of the current table.
    pub rejected: u64,
    /// Lookups after 72 h, by the same DMR and by one that was restarted then.
    pub late_lookups: u64,
    /// Late lookups that returned `Expired`.
    pub expired: u64,
    /// True if one request restored routing by the newest table after the outage.
    pub recovered: bool,
}

impl OutageReport {
    /// Returns true if every result is as required.
    #[must_use]
    pub fn is_passed(&self) -> bool {
        let ran = self.lookups > 0 && self.restarts > 0 && self.faulty_tables > 0 && self.late_lookups > 0;
        let correct = self.failed == 0 && self.wrong_ages == 0;
        let rejected = self.rejected == self.faulty_tables && self.expired == self.late_lookups;
        ran && correct && rejected && self.recovered
    }
}

/// Simulates an outage of 72 h for a DMR with `chatbots` routes (at least 4).
///
/// The DMR saves its table in `file`, on the real disk; its clock is simulated. It looks up routes every minute, is
/// offered a table with each [`TableFault`] every hour, and restarts every six hours.
///
/// # Errors
/// Returns an error if the simulation cannot run: no randomness, or the file cannot be written.
pub fn run_outage(chatbots: usize, file: &Path) -> Result<OutageReport, SimulationError> {
    let start = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 50);
    let mut network = SimulatedNetwork::new(Signer::new()?, start);
    for number in 0..chatbots.max(4) {
        let name = name(number);
        network.put(&name, &uri(&name), start);
    }
    let updater = updater_with_table(&network, start)?;
    let mut run = Run { updater, report: OutageReport::default(), start, file };
    run.save()?;
    for minute in 1..=OUTAGE_MINUTES {
        run.simulate_minute(minute, &network, chatbots.max(4))?;
    }
    run.report.simulated_hours = OUTAGE_MINUTES / 60;
    run.look_up_expired(&network)?;
    run.recover(&mut network)?;
    Ok(run.report)
}

struct Run<'a> {
    updater: Updater,
    report: OutageReport,
    start: Timestamp,
    file: &'a Path,
}

impl Run<'_> {
    fn simulate_minute(
        &mut self,
        minute: u64,
        network: &SimulatedNetwork,
        chatbots: usize,
    ) -> Result<(), SimulationError> {
        let now = self.time_at(minute);
        if minute.is_multiple_of(RESTART_INTERVAL_MINUTES) {
            self.restart(now)?;
            self.report.restarts += 1;
        }
        if minute.is_multiple_of(FAULT_INTERVAL_MINUTES) {
            self.offer_faulty_tables(network, now)?;
        }
        let age = self.updater.status(now).age;
        self.report.wrong_ages += u64::from(age != Some(now.duration_since(self.start)));
        for _ in 0..LOOKUPS_PER_MINUTE {
            let name = name(fastrand::usize(..chatbots));
            let lookup = self.updater.lookup(&name, now);
            let correct = matches!(lookup, Lookup::Found(route) if route.name == name && route.uri == uri(&name));
            self.count_lookup(correct);
        }
        let no_route = self.updater.lookup("nobody", now) == Lookup::NoRoute;
        self.count_lookup(no_route);
        Ok(())
    }

    fn offer_faulty_tables(&mut self, network: &SimulatedNetwork, now: Timestamp) -> Result<(), SimulationError> {
        let before = self.updater.current().cloned();
        for fault in TableFault::ALL {
            let response = RouteResponse::FullTable(fault.table(network, network.revision())?);
            let rejected = self.updater.apply_response(RouteRequest::FullTable, response, now).is_err();
            self.report.faulty_tables += 1;
            self.report.rejected += u64::from(rejected && self.updater.current() == before.as_ref());
        }
        Ok(())
    }

    /// Looks up every route one second after the 72 h, before and after a restart.
    fn look_up_expired(&mut self, network: &SimulatedNetwork) -> Result<(), SimulationError> {
        let now = self.time_at(OUTAGE_MINUTES) + SignedDuration::from_secs(1);
        for _ in 0..2 {
            for route in network.routes() {
                self.report.late_lookups += 1;
                self.report.expired += u64::from(self.updater.lookup(&route.name, now) == Lookup::Expired);
            }
            self.restart(now)?;
        }
        Ok(())
    }

    fn recover(&mut self, network: &mut SimulatedNetwork) -> Result<(), SimulationError> {
        let now = self.time_at(OUTAGE_MINUTES + 1);
        network.put("new", &uri("new"), now);
        network.remove(&name(0), now);
        let request = self.updater.next_request();
        let result = self.updater.apply_response(request, network.respond(request)?, now);
        let routed = matches!(self.updater.lookup("new", now), Lookup::Found(_));
        let removed = self.updater.lookup(&name(0), now) == Lookup::NoRoute;
        self.report.recovered = result.is_ok() && routed && removed;
        Ok(())
    }

    /// Restarts the DMR: its only state is the file.
    fn restart(&mut self, now: Timestamp) -> Result<(), SimulationError> {
        let keys = self.updater.keys().clone();
        let saved = table_file::load(self.file)?.unwrap_or_default();
        self.updater = Updater::restore(UpdatePolicy::default(), keys, saved, now)?;
        Ok(())
    }

    fn save(&self) -> Result<(), SimulationError> {
        Ok(table_file::save(self.file, &self.updater.saved().unwrap_or_default())?)
    }

    fn time_at(&self, minute: u64) -> Timestamp {
        self.start + MINUTE * i32::try_from(minute).unwrap_or(i32::MAX)
    }

    fn count_lookup(&mut self, correct: bool) {
        self.report.lookups += 1;
        self.report.failed += u64::from(!correct);
    }
}

fn updater_with_table(network: &SimulatedNetwork, now: Timestamp) -> Result<Updater, SimulationError> {
    let keys = Keys::from_jwks(network.jwks().as_bytes())?;
    let mut updater = Updater::new(UpdatePolicy::default(), keys);
    updater.apply_response(RouteRequest::FullTable, network.respond(RouteRequest::FullTable)?, now)?;
    Ok(updater)
}

fn name(number: usize) -> String {
    format!("chatbot-{number:06}")
}

fn uri(name: &str) -> String {
    format!("https://{name}.example.ee/messages")
}
