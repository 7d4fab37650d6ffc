//! Whether the operations on one name can have happened one after the other, each between its start and
//! its end: the search of Wing and Gong, with the states that were reached remembered (Lowe).

use std::collections::HashSet;

use super::history::{Time, Write};

/// More operations on one name than a history has.
pub const MOST: usize = 128;

/// An operation on one name.
#[derive(Debug, Clone)]
pub struct Step<'a> {
    /// Just before it was asked for.
    pub invoked: Time,
    /// Just after its answer was in; none where that is not known.
    pub returned: Option<Time>,
    /// What it was.
    pub kind: Kind<'a>,
}

/// A write, or a read and what it saw.
#[derive(Debug, Clone)]
pub enum Kind<'a> {
    /// A write.
    Write(&'a Write),
    /// A read of the route.
    Read(Option<&'a str>),
}

/// A chatbot as the operations up to some point leave it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct State<'a> {
    uri: Option<&'a str>,
    online: bool,
}

impl<'a> State<'a> {
    fn route(&self) -> Option<&'a str> {
        self.uri.filter(|_| self.online)
    }

    /// The state after `write`; none where it could not succeed.
    fn after(&self, write: &'a Write) -> Option<Self> {
        match write {
            Write::Enrol { uri } => self.uri.is_none().then_some(Self { uri: Some(uri), online: false }),
            Write::Online => self.uri.map(|uri| Self { uri: Some(uri), online: true }),
            Write::Offline => self.uri.map(|uri| Self { uri: Some(uri), online: false }),
            Write::Move { uri } => self.uri.map(|_| Self { uri: Some(uri), online: self.online }),
            Write::Remove => self.uri.map(|_| Self::default()),
        }
    }
}

/// Whether there is such an order, from no chatbot of that name on. No more than [`MOST`] steps.
#[must_use]
pub fn linearizable(steps: &[Step]) -> bool {
    let whole = steps.iter().enumerate().filter(|(_, step)| step.returned.is_some());
    let must = whole.fold(0_u128, |must, (place, _)| must | 1 << place);
    let (mut seen, mut open) = (HashSet::new(), vec![(0_u128, State::default())]);
    while let Some((done, state)) = open.pop() {
        let done = with_reads(steps, done, &state);
        if done & must == must {
            return true;
        }
        if !seen.insert((done, state.clone())) {
            continue;
        }
        for (place, step) in ready(steps, done) {
            if let Kind::Write(write) = &step.kind
                && let Some(next) = state.after(write)
            {
                open.push((done | 1 << place, next));
            }
        }
    }
    false
}

/// Takes every read that sees what is there: it changes nothing, so it may as well come now.
fn with_reads(steps: &[Step], mut done: u128, state: &State) -> u128 {
    loop {
        let before = done;
        for (place, step) in ready(steps, before) {
            if matches!(step.kind, Kind::Read(seen) if seen == state.route()) {
                done |= 1 << place;
            }
        }
        if done == before {
            return done;
        }
    }
}

/// The steps that may come next: no other that is left ended before they began.
fn ready<'s, 'a>(steps: &'s [Step<'a>], done: u128) -> impl Iterator<Item = (usize, &'s Step<'a>)> {
    let left = move |place: &usize| done & (1 << place) == 0;
    let first_end = steps.iter().enumerate().filter(|(place, _)| left(place)).filter_map(|(_, step)| step.returned);
    let first_end = first_end.min().unwrap_or(Time::MAX);
    steps.iter().enumerate().filter(move |(place, step)| left(place) && step.invoked <= first_end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(invoked: Time, returned: Option<Time>, write: &Write) -> Step<'_> {
        Step { invoked, returned, kind: Kind::Write(write) }
    }

    fn read(invoked: Time, returned: Time, seen: Option<&str>) -> Step<'_> {
        Step { invoked, returned: Some(returned), kind: Kind::Read(seen) }
    }

    fn uri(uri: &str) -> String {
        uri.to_owned()
    }

    #[test]
    fn a_read_after_a_write_must_show_it() {
        let (enrol, online) = (Write::Enrol { uri: uri("a") }, Write::Online);
        let begin = [write(0, Some(1), &enrol), write(2, Some(5), &online)];
        let with = |more: Step<'static>| linearizable(&[begin[0].clone(), begin[1].clone(), more]);
        assert!(with(read(3, 4, None)) && with(read(3, 4, Some("a"))), "at once with it, both are right");
        assert!(with(read(6, 7, Some("a"))));
        assert!(!with(read(6, 7, None)), "a stale read");
        assert!(!with(read(6, 7, Some("b"))), "an address of nobody");
        assert!(!with(read(0, 1, Some("a"))), "a read from the future");
    }

    #[test]
    fn what_one_read_has_shown_no_later_one_may_miss() {
        let (enrol, online) = (Write::Enrol { uri: uri("a") }, Write::Online);
        let slow = [write(0, Some(1), &enrol), write(2, Some(9), &online), read(3, 4, Some("a")), read(5, 6, None)];
        assert!(!linearizable(&slow));
        let swapped = [write(0, Some(1), &enrol), write(2, Some(9), &online), read(3, 4, None), read(5, 6, Some("a"))];
        assert!(linearizable(&swapped));
    }

    #[test]
    fn a_write_without_an_answer_happens_once_at_any_time_or_never() {
        let (enrol, online, offline) = (Write::Enrol { uri: uri("a") }, Write::Online, Write::Offline);
        let base = [write(0, Some(1), &enrol), write(2, Some(3), &online), write(4, None, &offline)];
        let with = |reads: &[Option<&'static str>]| {
            let reads = (10..).step_by(2).zip(reads).map(|(at, seen)| read(at, at + 1, *seen));
            linearizable(&base.iter().cloned().chain(reads).collect::<Vec<_>>())
        };
        assert!(with(&[Some("a"), Some("a")]) && with(&[None, None]) && with(&[Some("a"), None]));
        assert!(!with(&[None, Some("a")]), "it happened, and did not");
        assert!(!with(&[Some("a"), None, Some("a")]));
    }

    #[test]
    fn a_removed_chatbot_comes_back_only_by_another_enrolment() {
        let (enrol, online) = (Write::Enrol { uri: uri("a") }, Write::Online);
        let (remove, moved) = (Write::Remove, Write::Move { uri: uri("b") });
        let mut steps = vec![
            write(0, Some(1), &enrol),
            write(2, Some(3), &online),
            write(4, Some(5), &moved),
            read(6, 7, Some("b")),
            write(8, Some(9), &remove),
            read(10, 11, None),
        ];
        assert!(linearizable(&steps));
        steps.push(read(12, 13, Some("b")));
        assert!(!linearizable(&steps), "a deleted route came back");
        steps.pop();
        steps.push(write(12, Some(13), &online));
        assert!(!linearizable(&steps), "what is not there cannot go Online");
    }

    #[test]
    fn two_successful_enrolments_of_one_name_are_wrong() {
        let (one, two) = (Write::Enrol { uri: uri("a") }, Write::Enrol { uri: uri("b") });
        assert!(!linearizable(&[write(0, Some(5), &one), write(1, Some(4), &two)]));
        assert!(linearizable(&[write(0, Some(5), &one), write(1, None, &two)]));
    }
}
