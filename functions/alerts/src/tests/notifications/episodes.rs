//! Random episodes: chatbots go offline and back, are removed, enrolled by others and transferred; outages are planned and
//! change; subscriptions pause and end; recipients fail; functions crash; queues lose and repeat. Nothing is lost, nothing
//! is repeated with another id, nothing is told while it is held, and nobody is told of what is not theirs.
//!
//! The full size: `EPISODES=100000 cargo test -p functions-alerts --test notifications episodes --release --
//! --nocapture`. `SEED` selects other episodes.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
};

use centops_domain::{
    notifications::{Enrolment, PendingNotification, State, SubscriptionId},
    outages::{OutageId, PlannedOutage, Window},
};
use centops_store::notifications::MessageState;
use jiff::{SignedDuration, Timestamp};

use super::{
    planned::outage,
    recipient::{Answer, Received},
    world::{World, now},
};

/// The institutions.
const INSTITUTIONS: [&str; 2] = ["aa", "bb"];
/// The names of the chatbots.
const NAMES: [&str; 3] = ["tax", "ria", "ppa"];

/// A chatbot of an episode.
struct Bot {
    enrolment: Enrolment,
    /// Its owners, and the times at which it became theirs, in order.
    owners: Vec<(Timestamp, usize)>,
    removed: Option<Timestamp>,
    /// When it went offline and online, in order.
    statuses: Vec<(Timestamp, bool)>,
}

impl Bot {
    fn owner_at(&self, at: Timestamp) -> Option<usize> {
        let present = self.removed.is_none_or(|removed| at < removed);
        self.owners.iter().rev().find(|(since, _)| *since <= at).map(|(_, owner)| *owner).filter(|_| present)
    }

    fn is_offline(&self) -> bool {
        self.statuses.last().is_some_and(|(_, is_offline)| *is_offline)
    }
}

/// A subscription of an episode.
struct Subscriber {
    id: SubscriptionId,
    institution: usize,
    /// None for all of the institution.
    chatbots: Option<BTreeSet<Enrolment>>,
    /// The times at which it could not be told of anything: paused, ended.
    silences: Vec<(Timestamp, Option<Timestamp>)>,
    ended: bool,
}

impl Subscriber {
    fn covers(&self, bot: &Bot) -> bool {
        self.chatbots.as_ref().is_none_or(|chatbots| chatbots.contains(&bot.enrolment))
    }

    fn is_silent_at(&self, at: Timestamp) -> bool {
        self.silences.iter().any(|(from, to)| *from <= at && to.is_none_or(|to| at < to))
    }
}

struct Episode {
    world: World,
    bots: Vec<Bot>,
    subscribers: Vec<Subscriber>,
    /// The planned outages, and their institutions.
    planned: Vec<(OutageId, usize)>,
    /// The windows of an institution from a time on.
    windows: Vec<(Timestamp, usize, Vec<Window>)>,
    /// The events of planned outages that the stream has delivered.
    streamed: BTreeSet<String>,
}

impl Episode {
    async fn new(seed: u64) -> Self {
        let mut world = World::new(seed).await;
        world.crash_permille = [0, 100, 300][world.rng.usize(0..3)];
        let (planned, windows, streamed) = (vec![], vec![], BTreeSet::new());
        let mut episode = Self { world, bots: vec![], subscribers: vec![], planned, windows, streamed };
        for name in NAMES {
            episode.enrol(name).await;
        }
        for (queue, institution, choose) in [("all-a", 0, false), ("some-a", 0, true), ("all-b", 1, false)] {
            let own = episode.bots.iter().filter(|bot| bot.owner_at(now()) == Some(institution));
            let own: BTreeSet<_> = own.map(|bot| bot.enrolment.clone()).collect();
            let chatbots = (choose && !own.is_empty()).then_some(own);
            let id = episode.world.subscribe(queue, INSTITUTIONS[institution], chatbots.clone()).await;
            episode.subscribers.push(Subscriber { id, institution, chatbots, silences: vec![], ended: false });
        }
        episode
    }

    async fn enrol(&mut self, name: &str) {
        let owner = self.world.rng.usize(0..INSTITUTIONS.len());
        let enrolment = self.world.enrol(name, INSTITUTIONS[owner]).await;
        let owners = vec![(now(), owner)];
        self.bots.push(Bot { enrolment, owners, removed: None, statuses: vec![] });
    }

    /// Does something at random.
    async fn act(&mut self) {
        let bot = self.world.rng.usize(0..self.bots.len());
        let is_present = self.bots[bot].removed.is_none();
        let subscriber = self.world.rng.usize(0..self.subscribers.len());
        match self.world.rng.u32(0..24) {
            0..12 if is_present => self.change_status(bot),
            12 if is_present => {
                let name = self.bots[bot].enrolment.name.clone();
                self.world.remove(name.as_str()).await;
                self.bots[bot].removed = Some(now());
                if self.world.rng.bool() {
                    self.pass(SignedDuration::from_secs(1)).await;
                    self.enrol(name.as_str()).await;
                }
            }
            13 if is_present => self.transfer(bot).await,
            14 => self.pause_or_resume(subscriber).await,
            15 if self.world.rng.u32(0..3) == 0 => {
                self.world.end(self.subscribers[subscriber].id).await;
                self.subscribers[subscriber].ended = true;
                self.subscribers[subscriber].silences.push((now(), None));
            }
            20..22 => self.plan().await,
            22.. => self.replan().await,
            16.. => {
                let answers =
                    [Answer::Accepts, Answer::IsLost, Answer::Throttles, Answer::Refuses(500), Answer::Refuses(403)];
                let answer = answers[self.world.rng.usize(0..answers.len())];
                self.world.recipients.answer(self.subscribers[subscriber].id, answer);
            }
            _ => {}
        }
    }

    /// Plans an outage of all chatbots of an institution, which begins within minutes.
    async fn plan(&mut self) {
        let institution = self.world.rng.usize(0..INSTITUTIONS.len());
        let start = now() + SignedDuration::from_secs(self.world.rng.i64(60..600));
        let number = u8::try_from(self.planned.len()).expect("a small number");
        let id = self.world.plan(outage(INSTITUTIONS[institution], None, start, number)).await;
        self.planned.push((id, institution));
        self.hand_on_planned(institution).await;
    }

    /// Cancels, completes, shortens or extends a planned outage, if it can be at this time.
    async fn replan(&mut self) {
        if self.planned.is_empty() {
            return;
        }
        let (id, institution) = self.planned[self.world.rng.usize(0..self.planned.len())];
        let seconds = self.world.rng.i64(1..7200);
        let until = serde_json::json!({"until": now() + SignedDuration::from_secs(seconds)});
        let until = serde_json::from_value(until).expect("an update");
        let action = self.world.rng.u32(0..4);
        self.hand_on_planned(institution).await;
        let change = |old: &PlannedOutage| match action {
            0 => old.cancelled(now()),
            1 => old.completed(now()),
            _ => old.updated(&until, None, true, now()),
        };
        self.world.replan(id, change).await;
        self.hand_on_planned(institution).await;
    }

    /// Takes the steps that are due, lets the stream deliver the new events, and notes the windows.
    async fn hand_on_planned(&mut self, institution: usize) {
        for event in self.world.planned_events(INSTITUTIONS[institution]).await {
            if self.streamed.insert(event.id.clone()) {
                self.world.stream(&event);
            }
        }
        let day = SignedDuration::from_hours(24);
        let name = super::world::name(INSTITUTIONS[institution]);
        let windows = self.world.table.store.outage_windows(&name, now() - day, now() + day).await.expect("read");
        self.windows.push((now(), institution, windows));
    }

    /// Checks that no planned outage held an outage that began at `since` when it was told at `at`.
    fn check_not_held(&self, institution: usize, since: Timestamp, at: Timestamp) {
        let known = self.windows.iter().rev().find(|(from, of, _)| *of == institution && *from <= at);
        let windows = known.map(|(_, _, windows)| windows.as_slice()).unwrap_or_default();
        let holds = |window: &&Window| {
            let grace = if window.early_end.is_some() { SignedDuration::ZERO } else { SignedDuration::from_mins(5) };
            window.start <= since && since < window.end && at < window.end + grace
        };
        assert_eq!(windows.iter().find(holds), None, "told at {at}, since {since}");
    }

    fn change_status(&mut self, bot: usize) {
        let is_offline = !self.bots[bot].is_offline();
        self.bots[bot].statuses.push((now(), is_offline));
        self.world.status(&self.bots[bot].enrolment, is_offline);
    }

    async fn transfer(&mut self, bot: usize) {
        let from = self.bots[bot].owner_at(now()).expect("an owner");
        let to = 1 - from;
        self.bots[bot].owners.push((now(), to));
        let enrolment = self.bots[bot].enrolment.clone();
        self.world.transfer(&enrolment, INSTITUTIONS[from], INSTITUTIONS[to]).await;
    }

    async fn pause_or_resume(&mut self, subscriber: usize) {
        let one = &mut self.subscribers[subscriber];
        let state = self.world.table.store.subscriber(one.id).await.expect("read").value.subscription.state;
        match state {
            State::Active { .. } => {
                one.silences.push((now(), None));
                self.world.change(one.id, |old| old.paused(now()).expect("paused")).await;
            }
            State::Paused { .. } => self.resume(subscriber).await,
            _ => {}
        }
    }

    /// Resumes a subscription that is paused or failing, as the API does.
    async fn resume(&mut self, subscriber: usize) {
        let one = &mut self.subscribers[subscriber];
        self.world.change(one.id, |old| old.resumed(now()).expect("resumed")).await;
        if let Some((_, to)) = one.silences.last_mut() {
            to.get_or_insert(now());
        }
        self.world.table.store.schedule_by(one.id, now()).await.expect("scheduled");
    }

    async fn pass(&mut self, time: SignedDuration) {
        self.world.run_for(time).await;
    }

    /// Runs for two hours with events, and then until everything is delivered.
    async fn run(&mut self) {
        let steps = self.world.rng.usize(4..25);
        for _ in 0..steps {
            self.act().await;
            let longest = [2, 40, 400, 4000][self.world.rng.usize(0..4)];
            let seconds = self.world.rng.i64(0..longest);
            self.pass(SignedDuration::from_secs(seconds)).await;
        }
        // The faults end, and whoever failed is resumed.
        self.world.crash_permille = 0;
        for index in 0..self.subscribers.len() {
            self.world.recipients.answer(self.subscribers[index].id, Answer::Accepts);
        }
        self.pass(SignedDuration::from_hours(80)).await;
        for index in 0..self.subscribers.len() {
            self.recover(index).await;
        }
        self.pass(SignedDuration::from_hours(1)).await;
    }

    async fn recover(&mut self, index: usize) {
        let id = self.subscribers[index].id;
        let stored = self.world.table.store.subscriber(id).await.expect("read").value.subscription;
        if matches!(stored.state, State::Paused { .. } | State::Failing { .. }) {
            self.resume(index).await;
        }
        let messages = self.world.table.store.messages(id, None, 100).await.expect("a page").items;
        for message in messages.iter().rev() {
            assert!(!matches!(message.state, MessageState::Sending | MessageState::Waiting { .. }), "{message:?}");
            if matches!(message.state, MessageState::Failed { .. }) && !self.subscribers[index].ended {
                let context = centops_table::audit_context(&self.world.table.audit, now());
                self.world.table.store.redeliver(&context, &stored, &message.id).await.expect("opened");
                self.pass(SignedDuration::from_mins(2)).await;
            }
        }
    }

    /// Checks what the recipients got.
    async fn check(&self) {
        let received = self.world.recipients.received();
        let mut copies: BTreeMap<&str, usize> = BTreeMap::new();
        let mut told: BTreeMap<(SubscriptionId, String, String, String), &str> = BTreeMap::new();
        if env::var("SHOW").is_ok() {
            for bot in &self.bots {
                println!("{:?} {:?} {:?} {:?}", bot.enrolment, bot.owners, bot.removed, bot.statuses);
            }
            for one in &received {
                println!("{} {} {} {}", one.at, one.subscription, one.id, one.body["entries"]);
            }
        }
        for one in &received {
            *copies.entry(&one.id).or_default() += 1;
            for entry in one.body["entries"].as_array().expect("entries") {
                let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
                let fact = (one.subscription, text("type"), text("chatbot"), text("since"));
                if text("type") == "chatbot-offline" || text("type") == "chatbot-online" {
                    let id = told.entry(fact.clone()).or_insert(&one.id);
                    assert_eq!(*id, one.id, "told twice, with two ids: {fact:?}");
                }
                self.check_receiver(one, entry);
            }
        }
        let repeated: usize = copies.values().map(|copies| copies - 1).sum();
        let faults = self.world.crashes + self.world.recipients.lost();
        assert!(repeated <= faults, "{repeated} repetitions, {faults} faults");
        for subscriber in self.subscribers.iter().filter(|subscriber| !subscriber.ended) {
            let round = self.world.table.store.round(subscriber.id).await.expect("a round");
            let is_theirs = |bot: &Bot| bot.owner_at(now()) == Some(subscriber.institution) && subscriber.covers(bot);
            let theirs = |one: &&PendingNotification| {
                let bot = self.bots.iter().find(|bot| Some(&bot.enrolment) == one.chatbot.as_ref());
                bot.is_none_or(is_theirs)
            };
            // One of a chatbot that was removed while it was queued is dropped by the next round, whenever that is.
            let left: Vec<_> = round.pending.iter().filter(theirs).collect();
            assert!(left.is_empty(), "never told nor dropped: {left:?}");
            for bot in &self.bots {
                check_told(subscriber, bot, &received);
            }
        }
    }

    /// Checks that the recipient of an entry may know it.
    fn check_receiver(&self, one: &Received, entry: &serde_json::Value) {
        let subscriber = self.subscribers.iter().find(|subscriber| subscriber.id == one.subscription);
        let subscriber = subscriber.expect("a subscriber");
        let at: Timestamp = one.body["at"].as_str().and_then(|at| at.parse().ok()).expect("a time");
        assert!(!subscriber.is_silent_at(at), "told while paused or ended: {one:?}");
        let Some(chatbot) = entry["chatbot"].as_str() else { return };
        let mut bots = self.bots.iter().filter(|bot| bot.enrolment.name.as_str() == chatbot);
        let bot = bots.rfind(|bot| bot.enrolment.enrolled_at <= at).expect("a chatbot");
        let owned = |at| bot.owner_at(at) == Some(subscriber.institution);
        if entry["type"] == "chatbot-moved-away" {
            assert!(!owned(at) && bot.owners.iter().any(|(_, owner)| *owner == subscriber.institution), "{one:?}");
        } else {
            assert!(owned(at) && subscriber.covers(bot), "not theirs: {one:?}");
            if let Some(since) = entry["since"].as_str() {
                let since: Timestamp = since.parse().expect("a time");
                if entry["type"] == "chatbot-offline" {
                    self.check_not_held(subscriber.institution, since, at);
                }
                assert!(since >= bot.enrolment.enrolled_at, "of an earlier enrolment: {one:?}");
            }
        }
    }
}

/// Checks that whoever may know it was told the status in which `bot` is at the end.
fn check_told(subscriber: &Subscriber, bot: &Bot, received: &[Received]) {
    let (Some((since, is_offline)), Some(owner)) = (bot.statuses.last(), bot.owner_at(now())) else { return };
    let (owned_since, _) = bot.owners.last().expect("an owner");
    if owner != subscriber.institution || !subscriber.covers(bot) || since < owned_since {
        return;
    }
    let of_bot = received.iter().filter(|one| one.subscription == subscriber.id);
    let entries = of_bot.flat_map(|one| one.body["entries"].as_array().expect("entries"));
    let entries = entries.filter(|entry| {
        let at = entry["since"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
        let is_of = entry["chatbot"] == bot.enrolment.name.as_str();
        is_of && at.is_none_or(|at| at >= bot.enrolment.enrolled_at)
    });
    let kinds: Vec<_> = entries.map(|entry| entry["type"].as_str().expect("a type")).collect();
    let last = kinds.iter().rev().find(|kind| **kind != "chatbot-moved-away");
    if *is_offline {
        assert_eq!(last, Some(&"chatbot-offline"), "{} is offline since {since}: {kinds:?}", bot.enrolment.name);
    } else {
        // Whoever was told that it moved away does not wait for its end.
        assert_ne!(kinds.last(), Some(&"chatbot-offline"), "{} is online since {since}: {kinds:?}", bot.enrolment.name);
    }
}

fn variable(name: &str, default: u64) -> u64 {
    env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

#[test]
fn episodes_lose_nothing_repeat_nothing_and_tell_nobody_else() {
    let (episodes, first) = (variable("EPISODES", 40), variable("SEED", 1));
    let (mut messages, mut crashes, mut lost) = (0, 0, 0);
    for seed in first..first + episodes {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let hook = format!("episode with SEED={seed}");
        let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            runtime.block_on(async {
                let mut episode = Episode::new(seed).await;
                episode.run().await;
                episode.check().await;
                messages += episode.world.recipients.received().len();
                crashes += episode.world.crashes;
                lost += episode.world.recipients.lost();
            });
        }));
        if let Err(panic) = ran {
            println!("failed: {hook}");
            std::panic::resume_unwind(panic);
        }
    }
    println!("{episodes} episodes: {messages} messages, {crashes} crashes, {lost} lost answers; 0 lost, 0 told twice");
}
