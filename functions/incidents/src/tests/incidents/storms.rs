//! Storms: many chatbots fail at once, and their incidents become members of one network incident.

use centops_domain::{
    alerts::EventType,
    incidents::{Command, Condition, Incident, IncidentId, IncidentKind, ResolvedBy, Shared, State},
    notifications::Enrolment,
};
use centops_queues::CorrelateIncidents;
use centops_store::{alerts::EventQuery, incidents::IncidentFilter};
use jiff::{SignedDuration, Timestamp};

use super::{
    checks::incidents,
    world::{World, now},
};

/// A network of chatbots on one host that fail, and of others on hosts of their own.
struct Storm {
    world: World,
    on_host: Vec<Enrolment>,
    others: Vec<Enrolment>,
}

impl Storm {
    /// Enrols chatbots, and waits until they are online.
    async fn new(seed: u64, on_host: usize, others: usize) -> Self {
        let mut storm = Self { world: World::new(seed).await, on_host: Vec::new(), others: Vec::new() };
        for number in 0..on_host {
            let name = format!("bot-{number}");
            storm.on_host.push(storm.world.enrol_on(&name, "shared.example.ee", &format!("owner-{number}")).await);
        }
        for number in 0..others {
            let (name, host) = (format!("other-{number}"), format!("other-{number}.example.ee"));
            storm.others.push(storm.world.enrol_on(&name, &host, "tax").await);
        }
        storm.run(2).await;
        storm
    }

    async fn run(&mut self, minutes: i64) {
        self.world.run_for(SignedDuration::from_mins(minutes)).await;
    }

    /// Lets the first `count` chatbots on the host fail.
    async fn fail(&mut self, count: usize) {
        for number in 0..count {
            let chatbot = self.on_host[number].clone();
            self.world.fail(&chatbot).await;
        }
    }

    fn heal(&self, chatbots: std::ops::Range<usize>) {
        self.on_host[chatbots].iter().for_each(|chatbot| self.world.heal(chatbot));
    }

    async fn all(&self, kind: IncidentKind) -> Vec<Incident> {
        incidents(&self.world.table, &IncidentFilter { kind: Some(kind), ..IncidentFilter::default() }).await
    }

    /// Returns the only network incident.
    async fn network(&self) -> Incident {
        let mut found = self.all(IncidentKind::Network).await;
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    /// Returns the members of `parent`, by the list of it.
    async fn members(&self, parent: IncidentId) -> Vec<Incident> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = self.world.table.store.members_of_incident(parent, after.as_ref(), 5).await.expect("a page");
            found.extend(page.items);
            after = page.next;
            if after.is_none() {
                return found;
            }
        }
    }

    /// Checks that the network incident, its members and their list agree. Returns it.
    async fn check(&self, members: usize) -> Incident {
        let parent = self.network().await;
        let listed = self.members(parent.id).await;
        let of = |incident: &Incident| incident.parent == Some(parent.id);
        let found: Vec<_> = self.all(IncidentKind::Chatbot).await.into_iter().filter(of).collect();
        let ids = |incidents: &[Incident]| {
            let mut ids: Vec<_> = incidents.iter().map(|incident| incident.id).collect();
            ids.sort();
            ids
        };
        assert_eq!((found.len(), ids(&listed)), (members, ids(&found)), "each once");
        let first_over = listed.iter().position(|member| !member.is_active()).unwrap_or(listed.len());
        assert!(listed[first_over..].iter().all(|member| !member.is_active()), "active ones first");
        let cause = parent.network_cause().expect("a cause");
        assert_eq!(cause.members, u32::try_from(members).expect("few"));
        assert_eq!(cause.shared, Shared::Host { host: "shared.example.ee".to_owned() });
        parent
    }

    async fn active(&self) -> Vec<Incident> {
        incidents(&self.world.table, &IncidentFilter { active: true, ..IncidentFilter::default() }).await
    }

    /// Returns the types of the events of network incidents, oldest first.
    async fn events(&self) -> Vec<EventType> {
        let types = [EventType::NetworkIncidentOpened, EventType::NetworkIncidentResolved];
        let query = EventQuery { limit: 100, types: types.into(), ..EventQuery::default() };
        let page = self.world.table.store.events(&query, now()).await.expect("a page");
        page.items.iter().rev().map(|event| EventType::from(&event.kind)).collect()
    }

    async fn command(&self, incident: IncidentId, command: &Command) {
        self.world.command(incident, command).await.expect("allowed");
    }
}

fn end(incident: &Incident) -> Option<(Timestamp, ResolvedBy)> {
    incident.resolution.map(|resolution| (resolution.at, resolution.by))
}

#[tokio::test]
async fn storm_on_one_host_is_one_network_incident_that_ends_with_its_last_member() {
    let mut storm = Storm::new(1, 12, 30).await;
    storm.fail(12).await;
    let other = storm.others[0].clone();
    storm.world.fail(&other).await;
    storm.run(2).await;
    let parent = storm.check(12).await;
    assert_eq!(parent.state, State::Open);
    let cause = parent.network_cause().expect("a cause");
    let numbers = (cause.affected, cause.population, cause.others_affected, cause.others);
    assert_eq!(numbers, (12, 12, 1, 30));
    let first = storm.members(parent.id).await.iter().map(|member| member.began).min();
    assert_eq!(Some(parent.began), first);

    storm.world.heal(&other);
    storm.heal(0..11);
    storm.run(20).await;
    let parent = storm.check(12).await;
    assert!(parent.is_active(), "one member is out");
    assert_eq!(storm.active().await.len(), 2);

    storm.heal(11..12);
    storm.run(20).await;
    let parent = storm.check(12).await;
    let last = storm.members(parent.id).await.iter().filter_map(end).max_by_key(|(at, _)| *at).expect("an end");
    assert_eq!((parent.state, end(&parent)), (State::Resolved, Some((last.0, ResolvedBy::Itself))));
    assert_eq!(parent.condition, Condition::Up(last.0));
    assert_eq!(storm.active().await, []);
    assert_eq!(storm.world.table.store.active_network_incidents().await.expect("read"), []);
    assert_eq!(storm.events().await, [EventType::NetworkIncidentOpened, EventType::NetworkIncidentResolved]);

    // The next storm on the host is another network incident, and names the one before.
    storm.run(15).await;
    storm.fail(5).await;
    storm.run(2).await;
    let [next, before] = storm.all(IncidentKind::Network).await.try_into().expect("two");
    assert_eq!((next.previous, next.state, &before), (Some(parent.id), State::Open, &parent));
}

#[tokio::test]
async fn crash_after_any_step_and_redelivery_change_nothing() {
    // Two transactions of members.
    let mut storm = Storm::new(2, 30, 12).await;
    storm.world.is_correlated = false;
    storm.fail(30).await;
    storm.run(2).await;
    assert_eq!(storm.all(IncidentKind::Network).await, []);
    let mut crashes = 0;
    while !storm.world.correlate_until(CorrelateIncidents::Openings, Some(crashes)).await {
        crashes += 1;
        if storm.all(IncidentKind::Network).await.is_empty() {
            continue;
        }
        let members = storm.network().await.network_cause().expect("a cause").members;
        storm.check(usize::try_from(members).expect("few")).await;
    }
    assert!(crashes > 5, "{crashes}");
    let parent = storm.check(30).await;
    for _ in 0..2 {
        assert!(storm.world.correlate_until(CorrelateIncidents::Openings, None).await);
        assert!(storm.world.correlate_until(CorrelateIncidents::Network(parent.id), None).await);
    }
    assert_eq!(storm.check(30).await, parent);
}

#[tokio::test]
async fn storm_grows_later_than_ten_minutes_and_only_by_what_shares_its_property() {
    let mut storm = Storm::new(3, 12, 40).await;
    storm.fail(8).await;
    storm.run(15).await;
    let began = storm.check(8).await;
    let (late, other) = (storm.on_host[10].clone(), storm.others[3].clone());
    storm.world.fail(&late).await;
    storm.world.fail(&other).await;
    storm.run(2).await;
    let parent = storm.check(9).await;
    assert_eq!((parent.id, parent.state), (began.id, State::Open));
    let cause = parent.network_cause().expect("a cause");
    assert_eq!((cause.affected, cause.population), (9, 12));
}

#[tokio::test]
async fn member_that_was_split_by_hand_stays_apart() {
    let mut storm = Storm::new(4, 6, 30).await;
    storm.fail(6).await;
    storm.run(2).await;
    let parent = storm.check(6).await;
    let member = storm.members(parent.id).await[0].id;
    storm.world.split(member).await;
    assert!(storm.world.correlate_until(CorrelateIncidents::Openings, None).await);
    storm.run(2).await;
    storm.check(5).await;
    assert_eq!(storm.world.table.store.incident(member).await.expect("read").value.parent, None);
}

#[tokio::test]
async fn network_incident_whose_members_were_all_split_by_hand_ends_by_the_sweep() {
    let mut storm = Storm::new(7, 4, 20).await;
    storm.fail(4).await;
    storm.run(2).await;
    for member in storm.members(storm.check(4).await.id).await {
        storm.world.split(member.id).await;
    }
    storm.run(2).await;
    let parent = storm.check(0).await;
    assert_eq!((parent.state, parent.resolution.map(|end| end.by)), (State::Resolved, Some(ResolvedBy::Itself)));
}

#[tokio::test]
async fn network_incident_that_a_person_ends_releases_its_members_for_good() {
    for command in [Command::Dismiss, Command::Resolve(None)] {
        let mut storm = Storm::new(5, 6, 30).await;
        storm.fail(6).await;
        storm.run(2).await;
        let parent = storm.check(6).await;
        storm.command(parent.id, &command).await;
        storm.run(3).await;
        assert!(storm.world.correlate_until(CorrelateIncidents::Openings, None).await);
        let (network, members) = (storm.network().await, storm.all(IncidentKind::Chatbot).await);
        assert!(!network.is_active() && members.iter().all(|member| member.parent.is_none()), "{members:?}");
        assert_eq!((storm.active().await.len(), storm.members(parent.id).await.len()), (6, 0));
        assert_eq!(storm.events().await.len(), 2, "opened, and over");
    }
}

#[tokio::test]
async fn network_incident_stays_open_while_a_member_that_came_back_is_out_again() {
    let mut storm = Storm::new(6, 4, 30).await;
    storm.fail(4).await;
    storm.run(2).await;
    let parent = storm.check(4).await;
    storm.heal(0..1);
    storm.run(8).await;
    let is_active = |members: &[Incident]| members.iter().filter(|member| member.is_active()).count();
    assert_eq!(is_active(&storm.members(parent.id).await), 3);
    storm.fail(1).await;
    storm.run(1).await;
    let members = storm.members(parent.id).await;
    assert_eq!((is_active(&members), members.iter().map(|member| member.reopened).sum::<u32>()), (4, 1));
    storm.heal(1..4);
    storm.run(15).await;
    assert!(storm.check(4).await.is_active());
    storm.heal(0..1);
    storm.run(15).await;
    assert_eq!(storm.check(4).await.state, State::Resolved);

    // A member that fails again after the end is an incident of its own.
    storm.fail(1).await;
    storm.run(1).await;
    let again = storm.all(IncidentKind::Chatbot).await.into_iter().find(Incident::is_active).expect("out");
    assert_eq!((again.parent, again.is_separate, again.reopened), (None, false, 2));
}

#[tokio::test]
async fn storm_ends_as_one_network_incident_although_functions_crash() {
    for seed in 10..13 {
        let mut storm = Storm::new(seed, 9, 30).await;
        storm.world.crash_permille = 300;
        storm.fail(9).await;
        storm.run(6).await;
        storm.check(9).await;
        storm.heal(0..9);
        storm.run(12).await;
        storm.world.crash_permille = 0;
        storm.run(12).await;
        assert_eq!((storm.check(9).await.state, storm.active().await), (State::Resolved, vec![]), "seed {seed}");
    }
}
