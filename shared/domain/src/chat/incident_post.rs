//! Messages about incidents in rooms: one message an incident, with the news in its thread.
//!
//! The news follow from the facts of the last message and those of the present, so it does not matter how often, how late or
//! after how many changes they are computed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::incidents::{Acknowledgement, Condition, Incident, IncidentId, Resolution, State};

/// The message about an incident in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IncidentPost {
    /// The channel.
    pub channel: String,
    /// The id of the message in the room.
    pub message: String,
    /// The text of the message.
    pub text: String,
    /// The facts that the message and its thread have.
    pub facts: IncidentFacts,
    /// The position in the timeline up to which its notes are in the thread; none before the first entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_to: Option<String>,
}

/// The facts of an incident that rooms get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IncidentFacts {
    state: State,
    condition: Condition,
    reopened: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acknowledgement: Option<Acknowledgement>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resolution: Option<Resolution>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    assignee: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<IncidentId>,
}

/// Something new about an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// It became part of another incident.
    PartOf(IncidentId),
    /// It is an incident of its own again.
    Separate,
    /// It was opened again, and somebody has to look at it.
    Reopened,
    /// The chatbot is offline again since then.
    OfflineAgain(Timestamp),
    /// The chatbot is online again since then.
    Back(Timestamp),
    /// Somebody looks at it.
    Acknowledged(Acknowledgement),
    /// The acknowledgement has ended, and the outage has not.
    Lapsed,
    /// It has this assignee, by the `sub` claim of the token; none for nobody any more.
    Assigned(Option<String>),
    /// It is over.
    Resolved(Resolution),
    /// It is none.
    Dismissed,
}

/// Returns whether the first message about `incident` is posted: somebody has to look at it, and it is not part of another one.
#[must_use]
pub fn is_posted(incident: &Incident) -> bool {
    matches!(incident.state, State::Open | State::Acknowledged) && incident.parent.is_none()
}

impl IncidentFacts {
    /// Returns the facts of `incident`.
    #[must_use]
    pub fn of(incident: &Incident) -> Self {
        Self {
            state: incident.state,
            condition: incident.condition,
            reopened: incident.reopened,
            acknowledgement: incident.acknowledgement.clone(),
            resolution: incident.resolution,
            assignee: incident.assignee.clone(),
            parent: incident.parent,
        }
    }

    /// Returns the news since `before`, in the order in which they are posted. A part of another incident has only the news that
    /// it is one: the other incident has the rest.
    #[must_use]
    pub fn news_since(&self, before: &Self) -> Vec<News> {
        let mut news = Vec::new();
        if self.parent != before.parent {
            news.push(self.parent.map_or(News::Separate, News::PartOf));
        }
        if self.parent.is_some() {
            return news;
        }
        let is_reopened = self.reopened > before.reopened;
        let is_over = matches!(self.state, State::Resolved | State::Dismissed);
        match self.condition {
            _ if is_reopened => news.push(News::Reopened),
            Condition::Down(since) if self.condition != before.condition => news.push(News::OfflineAgain(since)),
            Condition::Up(since) if self.condition != before.condition && !is_over => news.push(News::Back(since)),
            _ => {}
        }
        match self.state {
            State::Acknowledged if self.acknowledgement != before.acknowledgement => {
                news.extend(self.acknowledgement.clone().map(News::Acknowledged));
            }
            State::Open if before.state == State::Acknowledged && !is_reopened => news.push(News::Lapsed),
            _ => {}
        }
        if self.assignee != before.assignee {
            news.push(News::Assigned(self.assignee.clone()));
        }
        if self.state != before.state || is_reopened {
            match self.state {
                State::Resolved => news.extend(self.resolution.map(News::Resolved)),
                State::Dismissed => news.push(News::Dismissed),
                _ => {}
            }
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        incidents::{ResolvedBy, Subject},
        notifications::Enrolment,
    };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_764_320_400 + second).expect("a time")
    }

    fn incident() -> Incident {
        let chatbot = Enrolment { name: "tax".parse().expect("a name"), enrolled_at: at(-1000) };
        let subject = Subject::Chatbot { chatbot, institution: "emta".parse().expect("a name") };
        let opened = Incident::new(IncidentId::new(at(0), "tax-1"), subject, at(0));
        Incident { state: State::Open, opened_at: Some(at(5)), ..opened }
    }

    fn acknowledged(by: &str, hours: i64) -> Incident {
        let acknowledgement = Acknowledgement { by: by.to_owned(), at: at(60), until: at(60 + hours * 3600) };
        Incident { state: State::Acknowledged, acknowledgement: Some(acknowledgement), ..incident() }
    }

    fn resolved() -> Incident {
        let resolution = Resolution { at: at(300), by: ResolvedBy::Itself };
        let over = Incident { state: State::Resolved, resolution: Some(resolution), ..incident() };
        Incident { condition: Condition::Up(at(300)), ..over }
    }

    fn news(before: &Incident, now: &Incident) -> Vec<News> {
        IncidentFacts::of(now).news_since(&IncidentFacts::of(before))
    }

    #[test]
    fn incident_is_posted_once_somebody_has_to_look_at_it() {
        let of = |state, parent| Incident { state, parent, ..incident() };
        let posted = |state| is_posted(&of(state, None));
        assert_eq!(State::ALL.map(posted), [false, false, true, true, false, false]);
        assert!(!is_posted(&of(State::Open, Some(IncidentId::new(at(1), "other")))));
    }

    #[test]
    fn same_facts_have_no_news() {
        for same in [incident(), acknowledged("EE1", 4), resolved()] {
            assert_eq!(news(&same, &same), []);
        }
    }

    #[test]
    fn each_acknowledgement_is_news_and_its_end_once() {
        let first = acknowledged("EE1", 4);
        let again = acknowledged("EE1", 8);
        assert_eq!(news(&incident(), &first), [News::Acknowledged(first.acknowledgement.clone().expect("one"))]);
        assert_eq!(news(&first, &again), [News::Acknowledged(again.acknowledgement.clone().expect("one"))]);
        assert_eq!(news(&again, &incident()), [News::Lapsed]);
    }

    #[test]
    fn end_replaces_the_news_of_the_way_to_it() {
        let end = News::Resolved(Resolution { at: at(300), by: ResolvedBy::Itself });
        assert_eq!(news(&incident(), &resolved()), std::slice::from_ref(&end));
        let back = Incident { condition: Condition::Up(at(300)), ..incident() };
        assert_eq!(news(&incident(), &back), [News::Back(at(300))]);
        assert_eq!(news(&back, &resolved()), [end]);
        let none = Incident { state: State::Dismissed, ..incident() };
        assert_eq!(news(&incident(), &none), [News::Dismissed]);
    }

    #[test]
    fn outage_that_begins_again_is_one_piece_of_news() {
        let again = Incident { reopened: 1, condition: Condition::Down(at(400)), ..incident() };
        assert_eq!(news(&resolved(), &again), [News::Reopened]);
        let over_again = Incident { reopened: 1, ..resolved() };
        let end = News::Resolved(Resolution { at: at(300), by: ResolvedBy::Itself });
        assert_eq!(news(&resolved(), &over_again), [News::Reopened, end], "both happened between two messages");
        let flapped = Incident { condition: Condition::Down(at(100)), ..incident() };
        assert_eq!(news(&incident(), &flapped), [News::OfflineAgain(at(100))]);
    }

    #[test]
    fn part_of_another_incident_has_no_news_of_its_own() {
        let other = IncidentId::new(at(1), "other");
        let part = Incident { parent: Some(other), ..incident() };
        assert_eq!(news(&incident(), &part), [News::PartOf(other)]);
        assert_eq!(news(&part, &Incident { parent: Some(other), ..resolved() }), []);
        assert_eq!(news(&part, &incident()), [News::Separate]);
    }

    #[test]
    fn new_assignee_is_news() {
        let assigned = Incident { assignee: Some("EE2".to_owned()), ..incident() };
        assert_eq!(news(&incident(), &assigned), [News::Assigned(Some("EE2".to_owned()))]);
        assert_eq!(news(&assigned, &incident()), [News::Assigned(None)]);
    }
}
