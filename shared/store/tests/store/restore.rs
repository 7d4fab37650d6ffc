//! Lost items that come back from a copy.

use std::collections::BTreeMap;

use centops_domain::{
    chatbots::{ChatbotType, Name, Status},
    credentials::{Certificate, CertificateId, Profile, Serial},
    health::ProbeOutcome,
    restore::ChangesSince,
    routes::{RenderedTable, Revision},
};
use centops_store::{
    Consistency, IfMatch, Store,
    restore::{RestorePage, Restoring},
};
use jiff::Timestamp;

use crate::support::{Table, after, certify, chatbot, force_offline, head, name, outage, register_dmr, start};

const COPY: &str = "centops-restored-1";

impl Table {
    /// Copies the table, as a restore to a point in time does.
    async fn copy(&self) -> Store {
        centops_table::copy(&self.client, COPY).await.expect("a copy");
        self.store.of_copy(COPY.to_owned())
    }

    /// Deletes the items that `loses` chooses by their keys, as no function does.
    async fn lose(&self, loses: impl Fn(&str, &str) -> bool) -> usize {
        let scan = self.client.scan().table_name(centops_table::NAME).send().await.expect("a scan");
        let mut lost = 0;
        for item in scan.items() {
            let of = |key: &str| item[key].as_s().expect("a text").as_str();
            if loses(of("pk"), of("sk")) {
                let delete = self.client.delete_item().table_name(centops_table::NAME);
                let delete = delete.key("pk", item["pk"].clone()).key("sk", item["sk"].clone());
                delete.send().await.expect("deleted");
                lost += 1;
            }
        }
        lost
    }

    async fn changes_since_copy(&self, since: Timestamp, now: Timestamp) -> ChangesSince {
        self.audit.changes_since(since, now).await.expect("read")
    }

    /// Brings back what is missing, without the end.
    async fn restore(&self, copy: &Store, since: Timestamp, now: Timestamp, apply: bool) -> RestorePage {
        let (audit, changes) = (self.audit_context(now), self.changes_since_copy(since, now).await);
        let restoring = Restoring { copy, changes: &changes, policies: &self.policy, apply };
        let mut all = self.store.restore_changed(&audit, restoring).await.expect("restored");
        let mut next = None;
        loop {
            let page = self.store.restore_page(&audit, restoring, next.as_ref()).await.expect("restored");
            assert_eq!(page.unknown, BTreeMap::new());
            all.extend(page);
            next.clone_from(&all.next);
            if next.is_none() {
                return all;
            }
        }
    }

    async fn finish(&self, seen: Revision, now: Timestamp) -> Revision {
        let recount = self.store.recount().await.expect("counted");
        self.store.finish_restore(&self.audit_context(now), &recount, seen).await.expect("finished")
    }

    async fn status_of(&self, name: &Name) -> Status {
        self.store.chatbot(name).await.expect("there").value.status
    }
}

fn of_chatbot(text: &str) -> impl Fn(&str, &str) -> bool {
    move |pk, sk| (pk == "CHATBOTS" && sk == text) || pk == format!("HEALTH#{text}")
}

fn certificate_id(number: u8) -> CertificateId {
    CertificateId { profile: Profile::Dmr, name: name("tallinn"), serial: Serial::new([number; 16]) }
}

#[tokio::test]
async fn lost_chatbot_comes_back_as_it_was_and_readers_follow() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    table.online("police", start()).await;
    table.store.create_chatbot(&table.audit_context(start()), chatbot("new", start())).await.expect("created");
    let before = table.routes().await;
    let mut reader = table.store.route_table(head(&table).await).await.expect("a table");
    let copy = table.copy().await;
    assert_eq!(table.lose(of_chatbot("tax")).await, 2);

    let missing = table.restore(&copy, after(10), after(20), false).await;
    assert_eq!(missing.restored, BTreeMap::from([("CHATBOTS".to_owned(), 1)]));
    assert!(table.store.chatbot(&tax).await.is_err(), "nothing was written");
    let restored = table.restore(&copy, after(10), after(20), true).await;
    assert_eq!(restored, missing);
    assert_eq!(restored.chatbots.len(), 1);
    assert_eq!(table.status_of(&tax).await, Status::Online);
    assert_eq!(table.routes().await, before, "without a new revision");

    let seen = head(&table).await.revision;
    let raised = table.finish(seen, after(21)).await;
    assert!(raised > seen);
    assert_eq!(table.store.recount().await.expect("counted").drift(), 0);
    assert_eq!(table.routes().await, before);
    // A reader that follows the log finds that it lacks revisions, and so does one that asks for changes.
    assert!(!follows(&table, &mut reader).await);
    assert!(table.store.route_changes(seen, head(&table).await).await.is_err());
    let repeated = table.restore(&copy, after(10), after(30), true).await;
    assert_eq!(repeated, RestorePage::default());
}

async fn follows(table: &Table, reader: &mut RenderedTable) -> bool {
    table.store.follow_change_log(reader, Consistency::Strong, after(30)).await.expect("read")
}

#[tokio::test]
async fn removals_and_revocations_since_the_copy_hold() {
    let table = Table::new().await;
    let police = table.online("police", start()).await;
    certify(&table, Profile::Dmr, "tallinn", 1, start()).await;
    let kept = certify(&table, Profile::Dmr, "tallinn", 2, start()).await;
    register_dmr(&table, "tartu", start()).await;
    let copy = table.copy().await;
    let audit = |seconds| table.audit_context(after(seconds));
    table.store.delete_chatbot(&audit(20), &police, IfMatch::Any, &table.policy).await.expect("removed");
    table.store.revoke_certificate(&audit(21), &certificate_id(1), "stolen").await.expect("revoked");
    table.store.delete_peer(&audit(22), &name("tartu"), IfMatch::Any).await.expect("removed");
    let issued = certify(&table, Profile::Dmr, "tallinn", 3, after(23)).await;
    table.lose(|pk, _| matches!(pk, "CERTIFICATES" | "PEERS" | "INSTITUTIONS")).await;

    let missing = table.restore(&copy, after(10), after(30), false).await;
    let restored = table.restore(&copy, after(10), after(30), true).await;
    assert_eq!(restored, missing, "each is counted once");
    assert_eq!(restored.restored["CERTIFICATES"], 3);
    assert!(table.store.chatbot(&police).await.is_err());
    let peers: Vec<_> = table.store.peers().await.expect("peers").into_iter().map(|peer| peer.name).collect();
    assert_eq!(peers, [name("tallinn")]);
    let stored = async |number: u8| -> Certificate {
        table.store.certificate(&certificate_id(number)).await.expect("there").value
    };
    assert_eq!(stored(1).await.revoked_at, Some(after(21)));
    assert_eq!((stored(2).await, stored(3).await), (kept, issued), "a certificate of after the copy is known, too");
    assert_eq!(table.store.institutions().await.expect("institutions").len(), 1);
}

#[tokio::test]
async fn decisions_of_people_since_the_copy_hold() {
    let table = Table::new().await;
    let (tax, police) = (table.online("tax", start()).await, table.online("police", start()).await);
    let copy = table.copy().await;
    table.relocate(&tax, "https://moved.example.ee/messages", after(20)).await;
    force_offline(&table, &table.store, &police, after(21)).await;
    let created = table.online("created", after(22)).await;
    table.lose(|pk, _| pk == "CHATBOTS" || pk.starts_with("HEALTH#")).await;

    let restored = table.restore(&copy, after(10), after(30), true).await;
    let probed: Vec<_> = restored.chatbots.into_iter().filter(|one| one.probed).map(|one| one.name).collect();
    assert_eq!(probed, [created.clone(), tax.clone()]);
    assert_eq!(table.status_of(&police).await, Status::Offline);
    assert_eq!(table.status_of(&created).await, Status::Unknown);
    // The trail has the wish to move, and not whether the probes allowed it: they decide again.
    assert_eq!(table.status_of(&tax).await, Status::Online);
    assert_eq!(table.probe(&tax, true, after(31)).await, ProbeOutcome::Moved);
    table.finish(head(&table).await.revision, after(32)).await;
    let routes: Vec<_> = table.routes().await.into_values().map(|route| route.uri.to_string()).collect();
    assert_eq!(routes, ["https://moved.example.ee/messages"]);
    let counts = table.store.network().await.expect("the network").value.state_counts(ChatbotType::Ministry);
    assert_eq!((counts.unknown, counts.offline, counts.online), (1, 1, 1));
}

#[tokio::test]
async fn table_without_items_comes_back_above_the_highest_revision() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    let police = table.online("police", start()).await;
    table.store.observe(&police, &outage(1, after(5)), &table.policy, after(6), 0.0).await.expect("observed");
    let (before, seen) = (table.routes().await, head(&table).await.revision);
    let mut reader = table.store.route_table(head(&table).await).await.expect("a table");
    let copy = table.copy().await;
    table.lose(|_, _| true).await;
    assert!(follows(&table, &mut reader).await, "it keeps its table");

    let restored = table.restore(&copy, after(10), after(20), true).await;
    let statuses: BTreeMap<_, _> = restored.chatbots.into_iter().map(|one| (one.name, one.status)).collect();
    assert_eq!(statuses, BTreeMap::from([(tax, Status::Online), (police, Status::Offline)]));
    assert!(follows(&table, &mut reader).await, "it keeps its table until all of it is back");
    let raised = table.finish(seen, after(21)).await;
    assert!(raised > seen);
    assert_eq!((table.routes().await, head(&table).await.revision), (before, raised));
    assert!(!follows(&table, &mut reader).await, "it reads the whole table");
    assert!(table.finish(5_000, after(22)).await > 5_000, "the stored one may be far below");
}

#[tokio::test]
async fn item_whose_subject_changed_is_named_and_left_out() {
    let table = Table::new().await;
    let audit = |seconds| table.audit_context(after(seconds));
    table.store.put_policy(&audit(5), &table.policy, IfMatch::Any).await.expect("put");
    let copy = table.copy().await;
    table.store.put_policy(&audit(20), &table.policy, IfMatch::Any).await.expect("put");
    table.lose(|pk, _| pk == "POLICY").await;
    let restored = table.restore(&copy, after(10), after(30), true).await;
    assert_eq!((restored.left_out, restored.restored), (vec!["policy".to_owned()], BTreeMap::new()));
    let restored = table.restore(&copy, after(25), after(30), true).await;
    assert_eq!(restored.restored, BTreeMap::from([("POLICY".to_owned(), 1)]));
}
