//! The keeper against a plain model: random changes, questions, pushes, forgeries, restarts and waits.
#![expect(clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;

use centops_routes::keeper::{Answer, Ask};
use centops_routes::simulation::{Cut, Network, Signer};
use centops_routes::{Keeper, Keys, Lookup, Refusal, Rules, Signed, Taken};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

type Routes = BTreeMap<String, String>;

#[derive(Clone, Debug)]
enum Step {
    Put(u8, u8),
    Remove(u8),
    Forget,
    Page(usize),
    Poll,
    /// The delta of one revision, so many before the newest.
    Push(u64),
    /// The same, with one byte changed.
    PushChanged(u64, usize),
    Cut(Cut),
    Restart,
    Wait(i64),
}

/// What must be true, without signatures, bytes or shared parts.
struct Model {
    /// The network at each revision, from 1.
    states: Vec<Routes>,
    /// The log reaches from here.
    reaches: u64,
    ours: Option<u64>,
    confirmed: Timestamp,
    doubt: Option<Timestamp>,
}

struct World {
    network: Network,
    keys: Keys,
    keeper: Keeper,
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

    fn take(&mut self, revision: u64, now: Timestamp) {
        self.ours = Some(revision);
        self.confirmed = now;
        self.doubt = None;
    }

    /// Whether asking brings us to the newest revision.
    fn poll(&mut self, now: Timestamp) -> bool {
        let newest = self.newest();
        if let Some(ours) = self.ours.filter(|ours| *ours < self.reaches && *ours != newest) {
            let (has, new) = (self.state(ours), self.state(newest));
            let lost = has.keys().filter(|name| !new.contains_key(*name)).count();
            if lost * 10 > has.len() * 3 {
                let since = *self.doubt.get_or_insert(now);
                if now.duration_since(since) < SignedDuration::from_mins(10) {
                    return false;
                }
            }
        }
        self.take(newest, now);
        true
    }
}

impl World {
    fn new() -> Self {
        let now = Timestamp::UNIX_EPOCH;
        let network = Network::new(Signer::new().expect("a key"), now);
        let keys = Keys::from_jwks(network.jwks().as_bytes()).expect("keys");
        let model = Model { states: vec![Routes::new()], reaches: 1, ours: None, confirmed: now, doubt: None };
        Self { network, keeper: Keeper::new(Rules::default(), keys.clone()), keys, model, now }
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
            Step::Forget => {
                self.network.forget();
                self.model.reaches = self.model.newest();
            }
            Step::Page(size) => self.network.set_page(size),
            Step::Poll => self.poll(),
            Step::Push(back) => self.push(back),
            Step::PushChanged(back, position) => self.push_changed(back, position),
            Step::Cut(cut) => self.cut(cut),
            Step::Restart => {
                if let Some(saved) = self.keeper.saved() {
                    let keys = self.keys.clone();
                    self.keeper = Keeper::restored(Rules::default(), keys, saved, self.now).expect("our own file");
                    self.model.doubt = None;
                }
            }
            Step::Wait(minutes) => self.now += SignedDuration::from_mins(minutes),
        }
        self.check();
    }

    fn poll(&mut self) {
        let believed = self.model.poll(self.now);
        for _ in 0..3 {
            let asked = self.keeper.ask();
            let answer = self.network.answer(asked).expect("an answer");
            match self.keeper.take(asked, answer, self.now) {
                Ok(Taken::AskAgain) => {}
                Ok(_) => return assert!(believed, "a table was believed that shrank"),
                Err(refusal) => return assert!(!believed && refusal.may_pass(), "{refusal}"),
            }
        }
        panic!("no answer led anywhere");
    }

    fn one_delta(&self, back: u64) -> Option<(u64, Signed)> {
        let revision = self.model.newest().checked_sub(back)?;
        let delta = self.network.delta(revision.checked_sub(1)?, revision).expect("it is signed")?;
        Some((revision, delta))
    }

    fn push(&mut self, back: u64) {
        let Some((revision, delta)) = self.one_delta(back) else { return };
        let expected = match self.model.ours {
            Some(ours) if revision <= ours => Taken::Known,
            Some(ours) if revision == ours + 1 => Taken::Applied,
            _ => Taken::AskAgain,
        };
        if expected == Taken::Applied {
            let made = self.network_time(&delta);
            let confirmed = self.model.confirmed.max(made);
            self.model.take(revision, confirmed);
        }
        assert_eq!(self.keeper.push(delta, self.now), Ok(expected));
    }

    fn network_time(&self, delta: &Signed) -> Timestamp {
        let body: serde_json::Value = serde_json::from_slice(&delta.body).expect("JSON");
        let time: Timestamp = body["time"].as_str().expect("a time").parse().expect("a time");
        time.min(self.now)
    }

    fn push_changed(&mut self, back: u64, position: usize) {
        let Some((_, delta)) = self.one_delta(back) else { return };
        let mut body = delta.body.to_vec();
        let position = position % body.len();
        body[position] ^= 1;
        assert_eq!(self.keeper.push(Signed::new(delta.signature, body), self.now), Err(Refusal::Signature));
    }

    fn cut(&mut self, cut: Cut) {
        // Sound tables that shrank are what `Forget` and `Remove` make; a first table has nothing to be older than.
        let Some(ours) = self.model.ours.filter(|_| cut != Cut::Shrunk) else { return };
        let answer = Answer::Whole(self.network.cut(cut, ours).expect("it is signed"));
        let refused = self.keeper.take(Ask::Whole, answer, self.now);
        assert!(refused.as_ref().is_err_and(|refusal| !refusal.may_pass()), "{cut:?}: {refused:?}");
        self.model.doubt = None;
    }

    fn check(&self) {
        let Some(ours) = self.model.ours else { return assert!(self.keeper.view().is_none()) };
        let view = self.keeper.view().expect("a table");
        let routes = view.table.routes().iter().map(|route| (route.name.clone(), route.uri.clone()));
        assert_eq!(view.table.revision(), ours);
        assert_eq!(routes.collect::<Vec<_>>(), self.model.state(ours).clone().into_iter().collect::<Vec<_>>());
        let age = self.now.duration_since(self.model.confirmed);
        assert_eq!(self.keeper.status(self.now).age, Some(age));
        for name in ["bot-0", "bot-5", "nobody"] {
            let expected = match self.model.state(ours).get(name) {
                _ if age > SignedDuration::from_hours(72) => None,
                other => Some(other),
            };
            match self.keeper.lookup(name, self.now) {
                Lookup::Found(route) => assert_eq!(Some(Some(&route.uri)), expected),
                Lookup::Unknown => assert_eq!(Some(None), expected),
                Lookup::Expired => assert_eq!(None, expected),
                Lookup::NoTable => panic!("there is a table"),
            }
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..12_u8, 0..4_u8).prop_map(|(name, uri)| Step::Put(name, uri)),
        4 => (0..12_u8).prop_map(Step::Remove),
        1 => Just(Step::Forget),
        1 => (1..5_usize).prop_map(Step::Page),
        4 => Just(Step::Poll),
        3 => (0..4_u64).prop_map(Step::Push),
        1 => (0..4_u64, any::<usize>()).prop_map(|(back, position)| Step::PushChanged(back, position)),
        2 => proptest::sample::select(&Cut::ALL[..]).prop_map(Step::Cut),
        1 => Just(Step::Restart),
        2 => prop_oneof![0..12_i64, Just(72 * 60), Just(73 * 60)].prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 1..80)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn the_keeper_has_what_the_model_has(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            world.step(step);
        }
    }
}

/// A network of ten, known to the keeper, with its log forgotten and so many chatbots gone.
fn shrunk(gone: u8) -> World {
    let mut world = World::new();
    for name in 0..10 {
        world.step(&Step::Put(name, 0));
    }
    world.step(&Step::Poll);
    for name in 0..gone {
        world.step(&Step::Remove(name));
    }
    world.step(&Step::Forget);
    world
}

#[test]
fn a_whole_table_may_lack_three_of_ten_without_tombstones() {
    let mut world = shrunk(3);
    world.step(&Step::Poll);
    assert_eq!(world.model.ours, Some(world.model.newest()));
}

#[test]
fn one_that_lacks_four_of_ten_is_believed_after_ten_minutes_of_the_same() {
    let mut world = shrunk(4);
    for _ in 0..10 {
        world.step(&Step::Poll);
        let refused = world.keeper.status(world.now).refused.expect("a refusal that shows");
        assert!(matches!(refused.why, Refusal::Shrunk { ours: 10, lost: 4, .. }), "{refused:?}");
        assert_eq!(refused.since, Timestamp::UNIX_EPOCH);
        world.step(&Step::Wait(1));
    }
    world.step(&Step::Poll);
    assert_eq!(world.model.ours, Some(world.model.newest()));
    assert_eq!(world.keeper.status(world.now).refused, None);
}

#[test]
fn an_unsound_answer_starts_the_ten_minutes_anew() {
    let mut world = shrunk(4);
    world.step(&Step::Poll);
    world.step(&Step::Wait(9));
    world.step(&Step::Cut(Cut::Body));
    world.step(&Step::Wait(1));
    world.step(&Step::Poll);
    assert_ne!(world.model.ours, Some(world.model.newest()));
}

#[test]
fn the_same_revision_with_other_routes_is_refused() {
    let mut world = shrunk(0);
    let mut other = Network::new(Signer::new().expect("a key"), world.now);
    for name in 0..10 {
        other.put(&format!("bot-{name}"), "https://elsewhere", world.now);
    }
    world.keeper.set_keys(Keys::from_jwks(other.jwks().as_bytes()).expect("keys"));
    let taken = world.keeper.take(Ask::Whole, other.answer(Ask::Whole).expect("an answer"), world.now);
    assert!(matches!(taken, Err(Refusal::Differs { revision: 11, .. })), "{taken:?}");
}

#[test]
fn tombstones_explain_any_loss() {
    let mut world = shrunk(0);
    for name in 0..10 {
        world.step(&Step::Remove(name));
    }
    world.step(&Step::Poll);
    assert_eq!(world.keeper.status(world.now).count, 0);
}

#[test]
fn a_delta_that_does_not_fit_is_refused_and_a_whole_table_is_asked_for() {
    let signer = Signer::new().expect("a key");
    let jwks = serde_json::json!({"keys": [signer.jwk()]}).to_string();
    let mut keeper = Keeper::new(Rules::default(), Keys::from_jwks(jwks.as_bytes()).expect("keys"));
    let time = "1970-01-01T00:00:00Z";
    let sent = |body: serde_json::Value| {
        let body = body.to_string();
        Signed::new(signer.sign(body.as_bytes()).expect("a signature"), body.as_bytes())
    };
    let whole = sent(serde_json::json!({"revision": 5, "time": time, "count": 0, "routes": []}));
    let now = Timestamp::UNIX_EPOCH;
    keeper.take(Ask::Whole, Answer::Whole(vec![whole.clone()]), now).expect("it is believed");
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
        let taken = keeper.take(Ask::Since(5), Answer::Delta(sent(delta.clone())), now);
        assert!(taken.is_err(), "{delta}");
        assert_eq!(keeper.ask(), Ask::Whole, "{delta}");
        let taken = keeper.take(Ask::Whole, Answer::Whole(vec![whole.clone()]), now);
        assert_eq!((taken, keeper.ask()), (Ok(Taken::Confirmed), Ask::Since(5)));
    }
}

#[test]
fn another_signer_brings_a_whole_table_so_that_the_old_key_can_go() {
    let mut world = shrunk(0);
    let old = world.network.rotate(Signer::new().expect("a key"));
    world.network.put("bot-0", "https://moved", world.now);
    let both = serde_json::json!({"keys": [old.jwk(), serde_json::from_str::<serde_json::Value>(
        &world.network.jwks()).expect("JSON")["keys"][0]]});
    world.keeper.set_keys(Keys::from_jwks(both.to_string().as_bytes()).expect("keys"));
    let asked = world.keeper.ask();
    world.keeper.take(asked, world.network.answer(asked).expect("an answer"), world.now).expect("believed");
    assert_eq!(world.keeper.ask(), Ask::Whole);
    let answer = world.network.answer(Ask::Whole).expect("an answer");
    world.keeper.take(Ask::Whole, answer, world.now).expect("believed");
    assert_eq!(world.keeper.ask(), Ask::Since(12));
    let jwks = world.keeper.saved().expect("a table").keys.to_jwks();
    assert!(!jwks.contains(old.kid()), "{jwks}");
}
