//! The public status page: what everybody may know about the network.
//!
//! A [`StatusPage`] has only what is public: names of institutions and chatbots, whether they work, and when that changed.
//! Addresses, contacts, causes, DMRs and texts that people typed are in none of its forms.

mod atom;
mod html;
#[cfg(test)]
mod tests;
mod wording;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{
    chatbots::{Chatbot, Name, Status},
    incidents::{Condition, Incident, State, Subject},
    institutions::Institution,
    notifications::Enrolment,
    outages::{Covered, Windows},
    text,
};

/// The time for which the page has the incidents that are over.
pub const HISTORY: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The time for which the page has planned outages ahead.
pub const AHEAD: SignedDuration = SignedDuration::from_hours(14 * 24);
/// The age from which the page says that it is out of date.
pub const STALE: SignedDuration = SignedDuration::from_mins(5);

/// The facts that the page is made of.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The institutions that have a record.
    pub institutions: Vec<Institution>,
    /// All chatbots.
    pub chatbots: Vec<Chatbot>,
    /// The incidents that began in the last [`HISTORY`]; none if they are too many to list.
    pub incidents: Option<Vec<Incident>>,
    /// The windows of planned outages, from [`HISTORY`] ago to [`AHEAD`], by institution.
    pub windows: BTreeMap<Name, Windows>,
}

/// The state of an institution or a chatbot, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PublicState {
    /// No message reaches it.
    Down,
    /// Some chatbots of the institution do not work.
    Disrupted,
    /// It does not work while planned work is done.
    Planned,
    /// It works.
    Working,
}

impl PublicState {
    /// Returns the state as in JSON, and as the class of its element.
    fn class(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Disrupted => "disrupted",
            Self::Planned => "planned",
            Self::Working => "working",
        }
    }
}

/// The page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusPage {
    /// When it was made.
    pub made_at: Timestamp,
    /// The numbers of chatbots.
    pub chatbots: Numbers,
    /// The institutions that have a chatbot in the network, the worst first, then by name.
    pub institutions: Vec<PublicInstitution>,
    /// The incidents of the last days, newest first; none if they are too many to list.
    pub incidents: Option<Vec<PublicIncident>>,
    /// The planned outages that take place or will, by their start.
    pub planned_outages: Vec<PublicOutage>,
}

/// Numbers of chatbots by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Numbers {
    /// Those that work.
    pub working: usize,
    /// Those that do not, in planned work.
    pub planned: usize,
    /// Those that do not.
    pub down: usize,
}

/// An institution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicInstitution {
    /// The id.
    pub id: Name,
    /// The name; the id if it has no record.
    pub name: String,
    /// The state.
    pub state: PublicState,
    /// Its chatbots that do not work.
    pub unavailable: Vec<PublicChatbot>,
}

/// A chatbot that does not work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicChatbot {
    /// The name.
    pub name: Name,
    /// The state: down or planned.
    pub state: PublicState,
    /// Since when.
    pub since: Timestamp,
}

/// An incident of a chatbot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicIncident {
    /// The id.
    pub id: String,
    /// The chatbot.
    pub chatbot: Name,
    /// The institution's name.
    pub institution: String,
    /// When it began.
    pub began: Timestamp,
    /// When it was over; none before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
}

/// One time of a planned outage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicOutage {
    /// The id of the planned outage; one that recurs has it several times.
    pub id: String,
    /// The institution's name.
    pub institution: String,
    /// The chatbots; none for all of the institution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chatbots: Option<BTreeSet<Name>>,
    /// The start.
    pub start: Timestamp,
    /// The end.
    pub end: Timestamp,
    /// When it was confirmed, or changed last.
    pub announced_at: Timestamp,
}

impl StatusPage {
    /// Returns the page of `facts` at `now`. A chatbot that was never routed is not part of it.
    #[must_use]
    pub fn new(facts: &Facts, now: Timestamp) -> Self {
        let names = facts.institutions.iter().map(|record| (&record.id, record.name.as_str())).collect();
        let known = Known { names, windows: &facts.windows };
        let routed = facts.chatbots.iter().filter(|chatbot| chatbot.status != Status::Unknown);
        let mut numbers = Numbers::default();
        let mut states: BTreeMap<&Name, Vec<(&Chatbot, PublicState)>> = BTreeMap::new();
        for chatbot in routed {
            let state = known.state(chatbot, now);
            numbers.add(state);
            states.entry(&chatbot.institution).or_default().push((chatbot, state));
        }
        let mut institutions: Vec<_> = states.iter().map(|(id, states)| known.institution(id, states)).collect();
        institutions.sort_by_cached_key(|one| (one.state, text::comparable(&one.name), one.id.clone()));
        Self {
            made_at: now,
            chatbots: numbers,
            institutions,
            incidents: facts.incidents.as_deref().map(|incidents| known.incidents(incidents)),
            planned_outages: known.planned(now),
        }
    }
}

impl Numbers {
    fn add(&mut self, state: PublicState) {
        match state {
            PublicState::Working => self.working += 1,
            PublicState::Planned => self.planned += 1,
            PublicState::Down | PublicState::Disrupted => self.down += 1,
        }
    }
}

/// The names of institutions, and their planned outages.
struct Known<'a> {
    names: BTreeMap<&'a Name, &'a str>,
    windows: &'a BTreeMap<Name, Windows>,
}

impl Known<'_> {
    fn name(&self, id: &Name) -> String {
        self.names.get(id).map_or(id.as_str(), |name| name).to_owned()
    }

    fn is_planned(&self, institution: &Name, chatbot: &Enrolment, at: Timestamp) -> bool {
        self.windows.get(institution).is_some_and(|windows| windows.covers(chatbot, at))
    }

    fn state(&self, chatbot: &Chatbot, now: Timestamp) -> PublicState {
        if chatbot.status == Status::Online {
            PublicState::Working
        } else if self.is_planned(&chatbot.institution, &chatbot.into(), now) {
            PublicState::Planned
        } else {
            PublicState::Down
        }
    }

    fn institution(&self, id: &Name, states: &[(&Chatbot, PublicState)]) -> PublicInstitution {
        let count = |wanted| states.iter().filter(|(_, state)| *state == wanted).count();
        let state = match (count(PublicState::Down), count(PublicState::Planned)) {
            (0, 0) => PublicState::Working,
            (0, _) => PublicState::Planned,
            (down, _) if down == states.len() => PublicState::Down,
            _ => PublicState::Disrupted,
        };
        let unavailable = states.iter().filter(|(_, state)| *state != PublicState::Working);
        let unavailable = unavailable.map(|&(chatbot, state)| PublicChatbot {
            name: chatbot.name.clone(),
            state,
            since: chatbot.status_since,
        });
        PublicInstitution { id: id.clone(), name: self.name(id), state, unavailable: unavailable.collect() }
    }

    /// Returns the incidents that people were asked to look at, and that no planned work explains.
    fn incidents(&self, incidents: &[Incident]) -> Vec<PublicIncident> {
        let mut public: Vec<_> = incidents.iter().filter_map(|incident| self.incident(incident)).collect();
        public.sort_by(|one, other| other.began.cmp(&one.began).then_with(|| one.id.cmp(&other.id)));
        public
    }

    fn incident(&self, incident: &Incident) -> Option<PublicIncident> {
        let Subject::Chatbot { chatbot, institution } = &incident.subject else { return None };
        let is_internal = matches!(incident.state, State::Suspected | State::Transient | State::Dismissed);
        if is_internal || self.is_planned(institution, chatbot, incident.began) {
            return None;
        }
        let ended = match incident.condition {
            Condition::Down(_) => None,
            Condition::Up(at) | Condition::Removed(at) => Some(at),
        };
        Some(PublicIncident {
            id: incident.id.to_string(),
            chatbot: chatbot.name.clone(),
            institution: self.name(institution),
            began: incident.began,
            ended,
        })
    }

    fn planned(&self, now: Timestamp) -> Vec<PublicOutage> {
        let windows = self.windows.iter().flat_map(|(id, windows)| windows.iter().map(move |window| (id, window)));
        let ahead = windows.filter(|(_, window)| window.end > now && window.start < now + AHEAD);
        let mut outages: Vec<_> = ahead
            .map(|(id, window)| PublicOutage {
                id: window.outage.to_string(),
                institution: self.name(id),
                chatbots: match &window.chatbots {
                    Covered::All => None,
                    Covered::Chosen(chosen) => Some(chosen.iter().map(|one| one.name.clone()).collect()),
                },
                start: window.start,
                end: window.end,
                announced_at: window.confirmed_at,
            })
            .collect();
        outages.sort_by(|one, other| (one.start, &one.institution).cmp(&(other.start, &other.institution)));
        outages
    }
}
