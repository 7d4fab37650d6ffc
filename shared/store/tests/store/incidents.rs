//! Incidents that follow the events of chatbots, and what people do to them.

use std::collections::BTreeMap;

use centops_domain::{
    alerts::EventKind,
    chatbots::Name,
    incidents::{
        Action, Attempt, Author, Command, CommonCause, EntryContent, Grouping, Incident, IncidentId, IncidentKind,
        Look, Refusal, ResolvedBy, Shared, State,
    },
    notifications::Enrolment,
};
use centops_store::{
    StoreError, Versioned,
    alerts::EventQuery,
    incidents::{IncidentError, IncidentFilter},
};
use jiff::{SignedDuration, Timestamp};

use crate::support::{Table, after, name, outage, start};

const MOST: usize = 100;

impl Table {
    /// Enrols the chatbot `text`, brings it Online and ejects it at `after(60)`.
    async fn failing(&self, text: &str) -> Enrolment {
        let name = self.online(text, start()).await;
        self.fail(&name, 1, after(60)).await;
        Enrolment { name, enrolled_at: start() }
    }

    async fn fail(&self, name: &Name, sequence: u128, at: Timestamp) {
        let batches = outage(sequence, at);
        self.store.observe(name, &batches, &self.policy, at, 0.0).await.expect("observed");
    }

    async fn follow(&self, chatbot: &Enrolment, look: Option<&Look>, now: Timestamp) -> Option<Incident> {
        self.store.follow_incident(chatbot, Some(after(1)), look, now).await.expect("followed")
    }

    async fn note(&self, chatbot: &Enrolment, now: Timestamp) -> bool {
        self.store.note_incident(chatbot, &[], now).await.expect("noted")
    }

    async fn timeline_of(&self, id: IncidentId) -> Vec<EntryContent> {
        let (mut entries, mut position) = (Vec::new(), None);
        loop {
            let page = self.store.timeline(id, position.as_ref(), 3).await.expect("a page");
            entries.extend(page.items.into_iter().map(|entry| entry.content));
            position = page.next;
            if position.is_none() {
                return entries;
            }
        }
    }

    async fn command(
        &self,
        id: IncidentId,
        command: &Command,
        now: Timestamp,
    ) -> Result<Versioned<Incident>, IncidentError> {
        let by = Author::Staff("anna".to_owned());
        self.store.command_incident(&self.audit_context(now), id, None, &by, command).await
    }

    async fn incident_ids(&self, filter: &IncidentFilter, now: Timestamp) -> Vec<IncidentId> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = self.store.incidents(filter, after, 2, now).await.expect("a page");
            found.extend(page.items.iter().map(|incident| incident.value.id));
            after = page.next;
            if after.is_none() {
                return found;
            }
        }
    }
}

fn names(content: &[EntryContent]) -> Vec<String> {
    let name = |content: &EntryContent| match content {
        EntryContent::State { state, .. } => state.as_str().to_owned(),
        other => serde_json::to_value(other).expect("json")["type"].as_str().expect("a text").to_owned(),
    };
    content.iter().map(name).collect()
}

#[tokio::test]
async fn outage_is_one_incident_however_often_it_is_followed() {
    let table = Table::new().await;
    let chatbot = table.failing("tax").await;
    let (one, other) = tokio::join!(table.follow(&chatbot, None, after(61)), table.follow(&chatbot, None, after(61)));
    let (one, other) = (one.expect("an incident"), other.expect("an incident"));
    assert_eq!((one.id, one.state, one.began), (other.id, State::Suspected, after(60)));
    let look = Look { at: after(65), fault: Some("503".to_owned()) };
    for _ in 0..2 {
        let incident = table.follow(&chatbot, Some(&look), after(66)).await.expect("an incident");
        assert_eq!((incident.state, incident.opened_at), (State::Open, Some(after(65))));
    }
    assert_eq!(names(&table.timeline_of(one.id).await), ["event", "suspected", "probe", "open"]);
    let active = IncidentFilter { active: true, ..IncidentFilter::default() };
    assert_eq!(table.incident_ids(&active, after(70)).await, [one.id]);

    assert_eq!(table.due_probe(&chatbot.name, after(91)).await.map(|_| ()), Some(()));
    assert!(table.note(&chatbot, after(100)).await);
    let due: Vec<_> = table.store.due_incidents(after(1000), MOST).await.expect("due");
    assert_eq!(due, [], "nothing changes an open incident but an event");
}

#[tokio::test]
async fn incident_resolves_five_minutes_after_the_chatbot_is_back() {
    let table = Table::new().await;
    let chatbot = table.failing("tax").await;
    let id = table.follow(&chatbot, None, after(200)).await.expect("an incident").id;
    table.probe(&chatbot.name, true, after(300)).await;
    assert!(table.note(&chatbot, after(300)).await);
    let back = table.follow(&chatbot, None, after(301)).await.expect("an incident");
    assert_eq!((back.state, back.up_since()), (State::Open, Some(after(300))));
    let due = table.store.due_incidents(after(600), MOST).await.expect("due");
    assert_eq!(
        due.iter().map(|due| (due.id, due.at, due.chatbot.as_ref())).collect::<Vec<_>>(),
        [(id, after(600), Some(&chatbot))]
    );
    let resolved = table.store.follow_incident(&chatbot, None, None, after(600)).await.expect("followed");
    let resolved = resolved.expect("an incident");
    let resolution = resolved.resolution.expect("a resolution");
    assert_eq!((resolved.state, resolution.at, resolution.by), (State::Resolved, after(300), ResolvedBy::Itself));
    // It is due once more, to be taken from the list of active ones.
    assert_eq!(table.store.due_incidents(after(10_000), MOST).await.expect("due").len(), 1);
    for _ in 0..2 {
        table.store.unlist_incident(&chatbot, id).await.expect("unlisted");
    }
    assert_eq!(table.store.due_incidents(after(10_000), MOST).await.expect("due"), []);
    let active = IncidentFilter { active: true, ..IncidentFilter::default() };
    assert_eq!(table.incident_ids(&active, after(700)).await, []);
    assert_eq!(table.incident_ids(&IncidentFilter::default(), after(700)).await, [id]);
}

#[tokio::test]
async fn removal_of_the_chatbot_ends_its_incident() {
    let table = Table::new().await;
    let chatbot = table.failing("tax").await;
    table.follow(&chatbot, None, after(200)).await.expect("an incident");
    table
        .store
        .delete_chatbot(&table.audit_context(after(300)), &chatbot.name, None, &table.policy)
        .await
        .expect("gone");
    let ended = table.follow(&chatbot, None, after(301)).await.expect("an incident");
    assert_eq!(ended.resolution.map(|resolution| resolution.by), Some(ResolvedBy::Removal));
    let content = table.timeline_of(ended.id).await;
    assert_eq!(names(&content), ["event", "suspected", "open", "event", "resolved"]);
}

#[tokio::test]
async fn people_acknowledge_note_and_resolve_with_an_audit_record_each() {
    let table = Table::new().await;
    let chatbot = table.failing("tax").await;
    let id = table.follow(&chatbot, None, after(200)).await.expect("an incident").id;
    let before = table.trail().await.len();
    let hours = SignedDuration::from_hours(4);
    let acknowledged = table.command(id, &Command::Acknowledge(hours), after(210)).await.expect("acknowledged");
    assert_eq!(acknowledged.value.state, State::Acknowledged);
    table.command(id, &Command::Note("restarting".to_owned()), after(220)).await.expect("noted");
    let done = Attempt { action: Action::Restarted, helped: true };
    let refused = table.command(id, &Command::Resolve(Some(done)), after(230)).await;
    assert!(matches!(refused, Err(IncidentError::Refused(Refusal::StillDown))), "{refused:?}");
    // Nobody has followed the event yet: the command does.
    table.probe(&chatbot.name, true, after(300)).await;
    let resolved = table.command(id, &Command::Resolve(Some(done)), after(310)).await.expect("resolved");
    assert_eq!((resolved.value.state, resolved.value.action), (State::Resolved, Some(done)));
    assert_eq!(table.trail().await.len(), before + 3);
    let expected = ["event", "suspected", "open", "acknowledged", "note", "event", "action", "resolved"];
    assert_eq!(names(&table.timeline_of(id).await), expected);
    let (context, by) = (table.audit_context(after(320)), Author::Staff("anna".to_owned()));
    let stale = table.store.command_incident(&context, id, Some(acknowledged.version), &by, &Command::Reopen).await;
    assert!(matches!(stale, Err(IncidentError::Store(StoreError::Changed))), "{stale:?}");
}

#[tokio::test]
async fn incidents_are_listed_by_institution_newest_first_and_merged_by_hand() {
    let table = Table::new().await;
    let mut ids = Vec::new();
    // So many that three are below the cap.
    for number in 0..20 {
        table.online(&format!("other-{number}"), start()).await;
    }
    for text in ["tax-1", "tax-2", "tax-3"] {
        let chatbot = table.failing(text).await;
        ids.push(table.follow(&chatbot, None, after(200)).await.expect("an incident").id);
    }
    ids.sort();
    ids.reverse();
    let of = |institution: &str| IncidentFilter {
        institutions: Some([name(institution)].into()),
        ..IncidentFilter::default()
    };
    for filter in [of("tax-board"), IncidentFilter::default(), IncidentFilter { active: true, ..of("tax-board") }] {
        assert_eq!(table.incident_ids(&filter, after(300)).await, ids, "{filter:?}");
    }
    assert_eq!(table.incident_ids(&of("other"), after(300)).await, []);
    let between = |from, to, most| table.store.incidents_between(None, after(from), after(to), most);
    let found = between(60, 61, 3).await.expect("read").expect("few");
    assert_eq!(found.iter().map(|incident| incident.id).collect::<Vec<_>>(), ids);
    assert_eq!(between(60, 61, 2).await.expect("read"), None, "too many");
    for (from, to) in [(0, 60), (61, 100)] {
        assert_eq!(between(from, to, 3).await.expect("read"), Some(vec![]), "{from}..{to}");
    }
    let by = Author::Staff("anna".to_owned());
    let [one, other] = [ids[0], ids[1]];
    for _ in 0..2 {
        let merged = table.store.merge_incident(&table.audit_context(after(300)), one, other, &by).await;
        assert_eq!(merged.expect("merged").value.parent, Some(other));
    }
    assert_eq!(table.store.incident(other).await.expect("read").value.members, [one].into());
    let split = table.store.split_incident(&table.audit_context(after(310)), one, &by).await.expect("split");
    assert_eq!(split.value.parent, None);
    let again = table.store.split_incident(&table.audit_context(after(320)), one, &by).await;
    assert!(matches!(again, Err(IncidentError::Refused(Refusal::NotMerged))));
    let unknown = IncidentId::new(after(1), "x");
    assert!(matches!(table.store.incident(unknown).await, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn end_of_an_acknowledgement_is_one_event_however_often_it_is_computed() {
    let table = Table::new().await;
    let chatbot = table.failing("tax").await;
    let id = table.follow(&chatbot, None, after(200)).await.expect("an incident").id;
    let hours = SignedDuration::from_hours(1);
    table.command(id, &Command::Acknowledge(hours), after(210)).await.expect("acknowledged");
    assert!(table.note(&chatbot, after(3700)).await);
    let due: Vec<_> = table.store.due_incidents(after(3810), MOST).await.expect("due");
    assert_eq!(due.iter().map(|due| (due.id, due.at)).collect::<Vec<_>>(), [(id, after(3810))]);
    let follow = || table.follow(&chatbot, None, after(3840));
    let (one, other) = tokio::join!(follow(), follow());
    assert_eq!((one.expect("an incident").state, other.expect("an incident").state), (State::Open, State::Open));
    table.follow(&chatbot, None, after(3841)).await;
    let query = EventQuery { limit: 50, ..EventQuery::default() };
    let events = table.store.events_of_chatbot(&chatbot.name, chatbot.enrolled_at, &query, after(4000)).await;
    let events = events.expect("events").items.into_iter().filter_map(|event| match event.kind {
        EventKind::AcknowledgementLapsed { chatbot, incident, since } => Some((event.at, chatbot, incident, since)),
        _ => None,
    });
    assert_eq!(events.collect::<Vec<_>>(), [(after(3840), chatbot.name.clone(), id, after(60))]);
    let expected = ["event", "suspected", "open", "acknowledged", "triage", "open", "event"];
    assert_eq!(names(&table.timeline_of(id).await), expected, "the timeline has it");
}

#[tokio::test]
async fn note_is_made_each_half_hour_and_written_if_it_says_something_new() {
    let table = Table::new().await;
    let chatbot = table.failing("tax").await;
    assert!(!table.note(&chatbot, after(100)).await, "there is no incident");
    let id = table.follow(&chatbot, None, after(200)).await.expect("an incident").id;
    let notes = async || {
        let content = table.timeline_of(id).await;
        content
            .into_iter()
            .filter_map(|one| if let EntryContent::Triage { triage } = one { Some(triage) } else { None })
    };
    let (one, other) = tokio::join!(table.note(&chatbot, after(210)), table.note(&chatbot, after(210)));
    assert!(one || other);
    let first: Vec<_> = notes().await.collect();
    assert_eq!(first.len(), 1);
    let observers: Vec<_> = first[0].observers.iter().map(|one| one.observer.to_string()).collect();
    assert_eq!(observers, ["chatbot", "dmr:tallinn"]);
    assert!(first[0].probes.is_some(), "it is probed");
    assert!(!table.note(&chatbot, after(2009)).await, "half an hour is not over");
    assert!(table.note(&chatbot, after(2010)).await);
    assert_eq!(notes().await.count(), 1, "nothing changed");
    table.command(id, &Command::Acknowledge(SignedDuration::from_hours(4)), after(2020)).await.expect("acknowledged");
    assert!(table.note(&chatbot, after(3810)).await);
    assert_eq!(notes().await.next_back().map(|note| note.state), Some(State::Acknowledged));
    assert_eq!(notes().await.count(), 2);
}

/// Opens four incidents. Returns the grouping of the first three, which share a host, and the fourth.
async fn four_outages(table: &Table) -> (Grouping, IncidentId) {
    for number in 0..20 {
        table.online(&format!("other-{number}"), start()).await;
    }
    let (mut members, mut chatbots) = (BTreeMap::new(), Vec::new());
    for text in ["tax-1", "tax-2", "tax-3", "tax-4"] {
        let chatbot = table.failing(text).await;
        members.insert(table.follow(&chatbot, None, after(200)).await.expect("an incident").id, chatbot.clone());
        chatbots.push(chatbot);
    }
    let (last, _) = members.pop_last().expect("four");
    let cause = CommonCause {
        shared: Shared::Host { host: "bots.example.ee".to_owned() },
        also: Vec::new(),
        members: chatbots,
        population: 4,
        others_affected: 0,
        others: 20,
        since: after(60),
        reported_since: None,
    };
    (Grouping { parent: None, cause: Some(cause), members }, last)
}

#[tokio::test]
async fn network_incident_is_listed_by_its_kind_and_takes_members_by_hand() {
    let table = Table::new().await;
    let (grouping, last) = four_outages(&table).await;
    let grouped = table.store.group_incidents(&grouping, after(210)).await.expect("grouped").expect("an incident");
    let again = table.store.group_incidents(&grouping, after(211)).await.expect("grouped");
    assert_eq!(again, None, "nobody may join any more");
    let network = IncidentFilter { kind: Some(IncidentKind::Network), ..IncidentFilter::default() };
    let of_owner = IncidentFilter { institutions: Some([name("tax-board")].into()), ..network.clone() };
    assert_eq!(table.incident_ids(&network, after(300)).await, [grouped]);
    assert_eq!(table.incident_ids(&of_owner, after(300)).await, []);
    assert_eq!(table.incident_ids(&IncidentFilter { active: true, ..network }, after(300)).await, [grouped]);

    let by = Author::Staff("anna".to_owned());
    let context = table.audit_context(after(300));
    let merged = table.store.merge_incident(&context, last, grouped, &by).await.expect("merged");
    assert_eq!(merged.value.network_parent(), Some(grouped));
    let members = || table.store.members_of_incident(grouped, None, 10);
    assert_eq!(members().await.expect("a page").items.len(), 4);
    table.store.split_incident(&table.audit_context(after(310)), last, &by).await.expect("split");
    assert_eq!(members().await.expect("a page").items.len(), 3);
    let parent = table.store.settle_network_incident(grouped, after(320)).await.expect("settled");
    assert_eq!((parent.is_active(), parent.network_cause().map(|cause| cause.members)), (true, Some(3)));
}

#[tokio::test]
async fn network_incident_ends_after_its_last_member_and_not_while_one_is_active_again() {
    let table = Table::new().await;
    let (grouping, _) = four_outages(&table).await;
    let ids: Vec<_> = grouping.members.keys().copied().collect();
    let grouped = table.store.group_incidents(&grouping, after(210)).await.expect("grouped").expect("an incident");
    let settled = async |second| table.store.settle_network_incident(grouped, after(second)).await.expect("settled");
    let members = async |limit| {
        let mut found = Vec::new();
        let mut next = None;
        loop {
            let page = table.store.members_of_incident(grouped, next.as_ref(), limit).await.expect("a page");
            found.extend(page.items.into_iter().map(|incident| incident.id));
            next = page.next;
            if next.is_none() {
                return found;
            }
        }
    };
    for (id, second) in ids.iter().zip([220, 221, 222]) {
        assert_eq!(members(2).await.len(), 3);
        table.command(*id, &Command::Dismiss, after(second)).await.expect("dismissed");
    }
    // The first is active again before its end was noticed, the third after that.
    table.command(ids[0], &Command::Reopen, after(230)).await.expect("reopened");
    assert!(settled(231).await.is_active());
    assert_eq!(members(3).await, [ids[0], ids[1], ids[2]]);
    table.command(ids[2], &Command::Reopen, after(232)).await.expect("reopened");
    assert_eq!((members(3).await, members(1).await.len()), (vec![ids[0], ids[2], ids[1]], 3));
    table.command(ids[0], &Command::Dismiss, after(233)).await.expect("dismissed");
    assert!(settled(234).await.is_active());
    table.command(ids[2], &Command::Dismiss, after(240)).await.expect("dismissed");
    let parent = settled(250).await;
    assert_eq!((parent.state, parent.resolution.map(|end| end.at)), (State::Resolved, Some(after(240))));
    assert_eq!(members(3).await, ids);
}
