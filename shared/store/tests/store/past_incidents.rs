//! Resolved incidents as input of the advice about later ones.

use aws_sdk_dynamodb::types::AttributeValue;
use centops_domain::{
    incidents::{Action, Attempt, Author, Command, IncidentId, MAX_PAST, PastId, PastIncident},
    notifications::Enrolment,
};
use centops_store::{
    Store,
    incidents::{PAST_MAX_AGE, PastCache},
};
use centops_table::{NAME, declared, meter::Meter};
use jiff::{SignedDuration, Timestamp};

use crate::support::{Table, after, outage, start};

impl Table {
    /// Lets a chatbot fail at `after(60)`, and its incident resolve at `after(600)`.
    async fn resolved(&self) -> IncidentId {
        let name = self.online("tax", start()).await;
        self.store.observe(&name, &outage(1, after(60)), &self.policy, after(60), 0.0).await.expect("observed");
        let chatbot = Enrolment { name, enrolled_at: start() };
        for (second, probed) in [(200, None), (600, Some(300))] {
            if let Some(probed) = probed {
                self.probe(&chatbot.name, true, after(probed)).await;
            }
            let followed = self.store.follow_incident(&chatbot, Some(after(1)), None, after(second)).await;
            followed.expect("followed").expect("an incident");
        }
        let latest = self.store.follow_incident(&chatbot, Some(after(1)), None, after(600)).await.expect("followed");
        latest.expect("an incident").id
    }

    async fn told(&self, id: IncidentId, command: &Command, now: Timestamp) {
        let by = Author::Staff("anna".to_owned());
        self.store.command_incident(&self.audit_context(now), id, None, &by, command).await.expect("carried out");
    }

    async fn past(&self, now: Timestamp) -> Vec<PastIncident<PastId>> {
        self.store.past_incidents(now).await.expect("read")
    }
}

#[tokio::test]
async fn resolved_incident_is_learnt_from_with_what_was_said_later_until_it_is_reopened() {
    let table = Table::new().await;
    let id = table.resolved().await;
    let past = table.past(after(700)).await;
    assert_eq!(past.iter().map(|past| (past.id.id, past.attempts.len())).collect::<Vec<_>>(), [(id, 0)]);
    assert_eq!((past[0].lasted, past[0].resolved_at), (SignedDuration::from_secs(240), after(300)));
    assert_eq!(past[0], table.store.incident(id).await.expect("read").value.past().expect("it teaches"));

    let done = Attempt { action: Action::Restarted, helped: true };
    table.told(id, &Command::Resolve(Some(done)), after(800)).await;
    assert_eq!(table.past(after(900)).await[0].attempts, [done]);
    table.told(id, &Command::Reopen, after(1000)).await;
    assert_eq!(table.past(after(1001)).await, []);
}

#[tokio::test]
async fn past_incidents_are_those_of_400_days_the_latest_first_and_some_thousands_cost_few_units() {
    let table = Table::new().await;
    let id = table.resolved().await;
    let key = |sk: String| {
        [("pk", "PAST_INCIDENTS".to_owned()), ("sk", sk)]
            .map(|(name, value)| (name.to_owned(), AttributeValue::S(value)))
    };
    let get = table.client.get_item().table_name(NAME).set_key(Some(key(id.to_string()).into())).send().await;
    let item = get.expect("read").item.expect("an item");
    // One that is in the list for another minute after its time, and more than are read.
    let old = IncidentId::new(start() - SignedDuration::from_hours(400 * 24), "old");
    let more = (1..=MAX_PAST).map(|number| IncidentId::new(after(i64::try_from(number).expect("few")), "more"));
    for id in more.chain([old]) {
        let mut copy = item.clone();
        copy.extend(key(id.to_string()));
        table.client.put_item().table_name(NAME).set_item(Some(copy)).send().await.expect("put");
    }
    assert!(table.past(after(10_000)).await.iter().all(|past| past.id.id != old));

    let (meter, client) = Meter::of(&table.client);
    let store = Store::new(client, NAME.to_owned());
    let past = store.past_incidents(after(10_000)).await.expect("read");
    assert_eq!(past.len(), MAX_PAST);
    assert!(past.is_sorted_by(|one, other| one.id.id > other.id.id));
    assert_eq!(meter.take(), declared::get_incident_past(2_000.0));
}

#[tokio::test]
async fn past_incidents_are_read_once_a_minute() {
    let table = Table::new().await;
    table.resolved().await;
    let (meter, client) = Meter::of(&table.client);
    let (store, cache) = (Store::new(client, NAME.to_owned()), PastCache::default());
    let read = |now| {
        let (store, cache, meter) = (&store, &cache, &meter);
        async move {
            assert_eq!(cache.current(store, now).await.expect("read").len(), 1);
            meter.take().0 > 0.0
        }
    };
    assert!(read(after(700)).await);
    assert!(!read(after(701)).await);
    assert!(read(after(700) + PAST_MAX_AGE).await);
}
