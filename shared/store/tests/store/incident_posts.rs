//! Messages about incidents in rooms of chats.

use centops_domain::{
    chat::{IncidentFacts, IncidentPost},
    incidents::{Author, Command, EntryContent, Incident},
    notifications::Enrolment,
};
use jiff::Timestamp;

use crate::support::{Table, after, outage, start};

const MINUTE: i64 = 60;

impl Table {
    async fn open_incident(&self) -> Incident {
        let name = self.online("tax", start()).await;
        self.store.observe(&name, &outage(1, after(60)), &self.policy, after(60), 0.0).await.expect("observed");
        let chatbot = Enrolment { name, enrolled_at: start() };
        let followed = self.store.follow_incident(&chatbot, Some(after(1)), None, after(200)).await;
        followed.expect("followed").expect("an incident")
    }

    async fn write_note(&self, incident: &Incident, text: &str, now: Timestamp) {
        let by = Author::Staff("anna".to_owned());
        let note = Command::Note(text.to_owned());
        let noted = self.store.command_incident(&self.audit_context(now), incident.id, None, &by, &note).await;
        noted.expect("noted");
    }

    async fn notes(&self, incident: &Incident, read_to: Option<&str>, now: Timestamp) -> (Vec<String>, Option<String>) {
        let found = self.store.new_notes(incident.id, read_to, now).await.expect("notes");
        let text = |content: EntryContent| if let EntryContent::Note { text } = content { Some(text) } else { None };
        (found.notes.into_iter().map(|entry| text(entry.content).expect("a note")).collect(), found.read_to)
    }
}

#[tokio::test]
async fn each_note_is_found_once_though_other_entries_are_stored_late() {
    let table = Table::new().await;
    let incident = table.open_incident().await;
    let (none, read_to) = table.notes(&incident, None, after(201)).await;
    assert_eq!(none, [""; 0]);
    table.write_note(&incident, "first", after(240)).await;
    table.write_note(&incident, "second", after(250)).await;
    let (found, read_to) = table.notes(&incident, read_to.as_deref(), after(251)).await;
    assert_eq!(found, ["first", "second"]);
    assert_eq!(table.notes(&incident, read_to.as_deref(), after(252)).await.0, [""; 0]);
    // The chatbot came back in between, and its event is read after the notes.
    let chatbot = incident.chatbot().expect("a chatbot").clone();
    table.probe(&chatbot.name, true, after(300)).await;
    table.store.follow_incident(&chatbot, None, None, after(301)).await.expect("followed");
    let (none, read_to) = table.notes(&incident, read_to.as_deref(), after(300 + 2 * MINUTE)).await;
    assert_eq!(none, [""; 0]);
    table.write_note(&incident, "third", after(300 + 2 * MINUTE)).await;
    assert_eq!(table.notes(&incident, read_to.as_deref(), after(300 + 3 * MINUTE)).await.0, ["third"]);
    assert!(table.store.new_notes(incident.id, Some("no position"), after(600)).await.is_err());
}

#[tokio::test]
async fn post_is_kept_for_each_room() {
    let table = Table::new().await;
    let incident = table.open_incident().await;
    let post = IncidentPost {
        channel: "C1".to_owned(),
        message: "1764320400.000001".to_owned(),
        text: "tax".to_owned(),
        facts: IncidentFacts::of(&incident),
        read_to: None,
    };
    table.store.save_incident_post(incident.id, "slack", &post, after(201)).await.expect("saved");
    let found = async |room: &str| table.store.incident_post(incident.id, room).await.expect("an answer");
    assert_eq!((found("slack").await, found("mattermost").await), (Some(post.clone()), None));
    let changed = IncidentPost { text: "tax is back".to_owned(), ..post };
    table.store.save_incident_post(incident.id, "slack", &changed, after(202)).await.expect("saved");
    assert_eq!(found("slack").await, Some(changed));
}
