//! The updater against a reference model: random changes, polls, pushes, faulty tables, restarts and pauses.
#![expect(clippy::expect_used, clippy::panic, reason = "a failed setup must stop the test")]

use std::collections::BTreeMap;

use centops_routes::simulation::{Signer, SimulatedNetwork, TableFault};
use centops_routes::{
    Keys, Lookup, RouteRequest, RouteResponse, SignatureError, SignedBody, UpdateError, UpdateOutcome, UpdatePolicy,
    Updater,
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

type Routes = BTreeMap<String, String>;

#[derive(Clone, Debug)]
enum Step {
    Put(u8, u8),
    Remove(u8),
    ClearLog,
    SetPageSize(usize),
    Poll,
    /// Pushes the delta of one revision: the newest minus this number.
    Push(u64),
    /// Pushes such a delta with one byte changed.
    PushChanged(u64, usize),
    OfferFaulty(TableFault),
    Restart,
    Wait(i64),
}

/// The expected state, without signatures, bytes or shared routes.
struct Model {
    /// The routes at each revision, from 1.
    states: Vec<Routes>,
    /// The first revision that the change log reaches back to.
    log_start: u64,
    current: Option<u64>,
    confirmed_at: Timestamp,
    hold_down: Option<Timestamp>,
}

struct Fixture {
    network: SimulatedNetwork,
    keys: Keys,
    updater: Updater,
    model: Model,
    now: Timestamp,
}

impl Model {
    fn newest(&self) -> u64 {
        self.states.len() as u64
    }

    fn state(&self, revision: u64) -> &Routes {
        &self.states[usize::try_from(revision).expect("small") - 1]
    }

    fn change(&mut self, change: impl FnOnce(&mut Routes)) {
        let mut routes = self.states.last().expect("a state").clone();
        change(&mut routes);
        self.states.push(routes);
    }

    fn accept(&mut self, revision: u64, confirmed_at: Timestamp) {
        self.current = Some(revision);
        self.confirmed_at = confirmed_at;
        self.hold_down = None;
    }

    /// Returns true if a poll at `now` leads to the newest revision.
    fn poll(&mut self, now: Timestamp) -> bool {
        let newest = self.newest();
        if let Some(current) = self.current.filter(|current| *current < self.log_start && *current != newest) {
            let (before, after) = (self.state(current), self.state(newest));
            let missing = before.keys().filter(|name| !after.contains_key(*name)).count();
            if missing * 10 > before.len() * 3 {
                let since = *self.hold_down.get_or_insert(now);
                if now.duration_since(since) < SignedDuration::from_mins(10) {
                    return false;
                }
            }
        }
        self.accept(newest, now);
        true
    }
}

impl Fixture {
    fn new() -> Self {
        let now = Timestamp::UNIX_EPOCH;
        let network = SimulatedNetwork::new(Signer::new().expect("a key"), now);
        let keys = Keys::from_jwks(network.jwks().as_bytes()).expect("keys");
        let model =
            Model { states: vec![Routes::new()], log_start: 1, current: None, confirmed_at: now, hold_down: None };
        Self { network, updater: Updater::new(UpdatePolicy::default(), keys.clone()), keys, model, now }
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Put(name, uri) => {
                let (name, uri) = (format!("bot-{name}"), format!("https://{uri}"));
                self.network.put(&name, &uri, self.now);
                self.model.change(|routes| drop(routes.insert(name, uri)));
            }
            Step::Remove(name) => {
                let name = format!("bot-{name}");
                self.network.remove(&name, self.now);
                self.model.change(|routes| drop(routes.remove(&name)));
            }
            Step::ClearLog => {
                self.network.clear_log();
                self.model.log_start = self.model.newest();
            }
            Step::SetPageSize(size) => self.network.set_page_size(size),
            Step::Poll => self.poll(),
            Step::Push(back) => self.push(back),
            Step::PushChanged(back, position) => self.push_changed(back, position),
            Step::OfferFaulty(fault) => self.offer_faulty(fault),
            Step::Restart => {
                if let Some(saved) = self.updater.saved() {
                    let keys = self.keys.clone();
                    self.updater =
                        Updater::restore(UpdatePolicy::default(), keys, saved, self.now).expect("a valid table");
                    self.model.hold_down = None;
                }
            }
            Step::Wait(minutes) => self.now += SignedDuration::from_mins(minutes),
        }
        self.check();
    }

    fn poll(&mut self) {
        let accepted = self.model.poll(self.now);
        for _ in 0..3 {
            let request = self.updater.next_request();
            let response = self.network.respond(request).expect("a response");
            match self.updater.apply_response(request, response, self.now) {
                Ok(UpdateOutcome::RequestAgain) => {}
                Ok(_) => return assert!(accepted, "a table that shrank was accepted"),
                Err(error) => return assert!(!accepted && error.is_hold_down(), "{error}"),
            }
        }
        panic!("no response completed the poll");
    }

    fn one_delta(&self, back: u64) -> Option<(u64, SignedBody)> {
        let revision = self.model.newest().checked_sub(back)?;
        let delta = self.network.delta(revision.checked_sub(1)?, revision).expect("a signature")?;
        Some((revision, delta))
    }

    fn push(&mut self, back: u64) {
        let Some((revision, delta)) = self.one_delta(back) else { return };
        let expected = match self.model.current {
            Some(current) if revision <= current => UpdateOutcome::AlreadyApplied,
            Some(current) if revision == current + 1 => UpdateOutcome::Applied,
            _ => UpdateOutcome::RequestAgain,
        };
        if expected == UpdateOutcome::Applied {
            let confirmed_at = self.model.confirmed_at.max(self.delta_time(&delta));
            self.model.accept(revision, confirmed_at);
        }
        assert_eq!(self.updater.apply_push(delta, self.now), Ok(expected));
    }

    fn delta_time(&self, delta: &SignedBody) -> Timestamp {
        let body: serde_json::Value = serde_json::from_slice(&delta.body).expect("JSON");
        let time: Timestamp = body["time"].as_str().expect("a time").parse().expect("a time");
        time.min(self.now)
    }

    fn push_changed(&mut self, back: u64, position: usize) {
        let Some((_, delta)) = self.one_delta(back) else { return };
        let mut body = delta.body.to_vec();
        let position = position % body.len();
        body[position] ^= 1;
        assert_eq!(
            self.updater.apply_push(SignedBody::new(delta.signature, body), self.now),
            Err(UpdateError::Signature(SignatureError::Mismatch))
        );
    }

    fn offer_faulty(&mut self, fault: TableFault) {
        // `ClearLog` and `Remove` make valid tables that shrank; a first table cannot be a rollback.
        let Some(current) = self.model.current.filter(|_| fault != TableFault::Shrunk) else { return };
        let response = RouteResponse::FullTable(fault.table(&self.network, current).expect("a signature"));
        let result = self.updater.apply_response(RouteRequest::FullTable, response, self.now);
        assert!(result.as_ref().is_err_and(|error| !error.is_hold_down()), "{fault:?}: {result:?}");
        self.model.hold_down = None;
    }

    fn check(&self) {
        let Some(revision) = self.model.current else { return assert!(self.updater.current().is_none()) };
        let current = self.updater.current().expect("a table");
        let routes = current.table.routes().iter().map(|route| (route.name.clone(), route.uri.clone()));
        assert_eq!(current.table.revision(), revision);
        assert_eq!(routes.collect::<Vec<_>>(), self.model.state(revision).clone().into_iter().collect::<Vec<_>>());
        let age = self.now.duration_since(self.model.confirmed_at);
        assert_eq!(self.updater.status(self.now).age, Some(age));
        for name in ["bot-0", "bot-5", "nobody"] {
            let expected = match self.model.state(revision).get(name) {
                _ if age > SignedDuration::from_hours(72) => None,
                other => Some(other),
            };
            match self.updater.lookup(name, self.now) {
                Lookup::Found(route) => assert_eq!(Some(Some(&route.uri)), expected),
                Lookup::NoRoute => assert_eq!(Some(None), expected),
                Lookup::Expired => assert_eq!(None, expected),
                Lookup::NoTable => panic!("the updater has a table"),
            }
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..12_u8, 0..4_u8).prop_map(|(name, uri)| Step::Put(name, uri)),
        4 => (0..12_u8).prop_map(Step::Remove),
        1 => Just(Step::ClearLog),
        1 => (1..5_usize).prop_map(Step::SetPageSize),
        4 => Just(Step::Poll),
        3 => (0..4_u64).prop_map(Step::Push),
        1 => (0..4_u64, any::<usize>()).prop_map(|(back, position)| Step::PushChanged(back, position)),
        2 => proptest::sample::select(&TableFault::ALL[..]).prop_map(Step::OfferFaulty),
        1 => Just(Step::Restart),
        2 => prop_oneof![0..12_i64, Just(72 * 60), Just(73 * 60)].prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 1..80)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn updater_equals_the_model_after_random_steps(steps in steps()) {
        let mut fixture = Fixture::new();
        for step in &steps {
            fixture.step(step);
        }
    }
}

/// Ten chatbots that the updater knows, of which `removed` are removed and the change log is cleared.
fn shrunk(removed: u8) -> Fixture {
    let mut fixture = Fixture::new();
    for name in 0..10 {
        fixture.step(&Step::Put(name, 0));
    }
    fixture.step(&Step::Poll);
    for name in 0..removed {
        fixture.step(&Step::Remove(name));
    }
    fixture.step(&Step::ClearLog);
    fixture
}

#[test]
fn full_table_that_lacks_three_of_ten_routes_is_accepted() {
    let mut fixture = shrunk(3);
    fixture.step(&Step::Poll);
    assert_eq!(fixture.model.current, Some(fixture.model.newest()));
}

#[test]
fn full_table_that_lacks_four_of_ten_routes_is_held_down_for_ten_minutes() {
    let mut fixture = shrunk(4);
    for _ in 0..10 {
        fixture.step(&Step::Poll);
        let rejections = fixture.updater.status(fixture.now).rejections.expect("a rejection");
        let reason = &rejections.reason;
        assert!(matches!(reason, UpdateError::Shrunk { current: 10, missing: 4, .. }), "{reason:?}");
        assert_eq!(rejections.since, Timestamp::UNIX_EPOCH);
        fixture.step(&Step::Wait(1));
    }
    fixture.step(&Step::Poll);
    assert_eq!(fixture.model.current, Some(fixture.model.newest()));
    assert_eq!(fixture.updater.status(fixture.now).rejections, None);
}

#[test]
fn invalid_response_restarts_the_hold_down() {
    let mut fixture = shrunk(4);
    fixture.step(&Step::Poll);
    fixture.step(&Step::Wait(9));
    fixture.step(&Step::OfferFaulty(TableFault::TruncatedBody));
    fixture.step(&Step::Wait(1));
    fixture.step(&Step::Poll);
    assert_ne!(fixture.model.current, Some(fixture.model.newest()));
}

#[test]
fn other_routes_at_the_current_revision_are_held_down() {
    let mut fixture = shrunk(0);
    let mut other = SimulatedNetwork::new(Signer::new().expect("a key"), fixture.now);
    for name in 0..10 {
        other.put(&format!("bot-{name}"), "https://elsewhere", fixture.now);
    }
    fixture.updater.set_keys(Keys::from_jwks(other.jwks().as_bytes()).expect("keys"));
    let response = other.respond(RouteRequest::FullTable).expect("a response");
    let result = fixture.updater.apply_response(RouteRequest::FullTable, response, fixture.now);
    assert!(matches!(result, Err(UpdateError::Diverged { revision: 11, .. })), "{result:?}");
}

#[test]
fn delta_may_remove_every_route() {
    let mut fixture = shrunk(0);
    for name in 0..10 {
        fixture.step(&Step::Remove(name));
    }
    fixture.step(&Step::Poll);
    assert_eq!(fixture.updater.status(fixture.now).route_count, 0);
}

#[test]
fn invalid_delta_is_rejected_and_the_full_table_requested() {
    let signer = Signer::new().expect("a key");
    let jwks = serde_json::json!({"keys": [signer.jwk()]}).to_string();
    let mut updater = Updater::new(UpdatePolicy::default(), Keys::from_jwks(jwks.as_bytes()).expect("keys"));
    let time = "1970-01-01T00:00:00Z";
    let sign = |body: serde_json::Value| {
        let body = body.to_string();
        SignedBody::new(signer.sign(body.as_bytes()).expect("a signature"), body.as_bytes())
    };
    let full_table = sign(serde_json::json!({"revision": 5, "time": time, "count": 0, "routes": []}));
    let now = Timestamp::UNIX_EPOCH;
    updater
        .apply_response(RouteRequest::FullTable, RouteResponse::FullTable(vec![full_table.clone()]), now)
        .expect("the table is accepted");
    let route = serde_json::json!({"name": "a", "uri": "https://a", "type": "ministry"});
    for (change, count, revision) in [
        (vec![route.clone()], 2, 6),
        (vec![route.clone(), route.clone()], 1, 6),
        (vec![serde_json::json!({"name": "a", "uri": "https://a", "type": "x", "gone": true})], 0, 6),
        (vec![serde_json::json!({"name": "a", "type": "ministry"})], 1, 6),
        (vec![route.clone()], 1, 5),
        (vec![route.clone()], 1, 4),
    ] {
        let delta = serde_json::json!({
            "revision": revision, "since": 5, "time": time, "count": count, "changes": change,
        });
        let result =
            updater.apply_response(RouteRequest::ChangesSince(5), RouteResponse::Delta(sign(delta.clone())), now);
        assert!(result.is_err(), "{delta}");
        assert_eq!(updater.next_request(), RouteRequest::FullTable, "{delta}");
        let result =
            updater.apply_response(RouteRequest::FullTable, RouteResponse::FullTable(vec![full_table.clone()]), now);
        assert_eq!((result, updater.next_request()), (Ok(UpdateOutcome::Confirmed), RouteRequest::ChangesSince(5)));
    }
}

#[test]
fn new_signing_key_triggers_a_full_table_without_the_old_key() {
    let mut fixture = shrunk(0);
    let old = fixture.network.rotate_key(Signer::new().expect("a key"));
    fixture.network.put("bot-0", "https://moved", fixture.now);
    let both = serde_json::json!({"keys": [old.jwk(), serde_json::from_str::<serde_json::Value>(
        &fixture.network.jwks()).expect("JSON")["keys"][0]]});
    fixture.updater.set_keys(Keys::from_jwks(both.to_string().as_bytes()).expect("keys"));
    let request = fixture.updater.next_request();
    let response = fixture.network.respond(request).expect("a response");
    fixture.updater.apply_response(request, response, fixture.now).expect("the delta is accepted");
    assert_eq!(fixture.updater.next_request(), RouteRequest::FullTable);
    let response = fixture.network.respond(RouteRequest::FullTable).expect("a response");
    fixture.updater.apply_response(RouteRequest::FullTable, response, fixture.now).expect("the table is accepted");
    assert_eq!(fixture.updater.next_request(), RouteRequest::ChangesSince(12));
    let jwks = fixture.updater.saved().expect("a table").keys.to_jwks();
    assert!(!jwks.contains(old.key_id()), "{jwks}");
}
