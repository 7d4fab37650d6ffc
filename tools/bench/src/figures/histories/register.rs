//! Checks that the operations on one name are linearizable: that there is an order in which each takes effect between
//! its start and its end. The search is that of Wing and Gong, with a cache of visited states (Lowe).

use std::collections::HashSet;

use super::history::{Time, Write};

/// The largest number of operations on one name that is checked; a history has fewer.
pub const MAX_STEPS: usize = 128;

/// An operation on one name.
#[derive(Debug, Clone)]
pub struct Step<'a> {
    /// The time just before it was requested.
    pub invoked: Time,
    /// The time just after its response; none if its outcome is unknown.
    pub returned: Option<Time>,
    /// The operation itself.
    pub kind: Kind<'a>,
}

/// A write, or a read and its result.
#[derive(Debug, Clone)]
pub enum Kind<'a> {
    /// A write.
    Write(&'a Write),
    /// A read of the route.
    Read(Option<&'a str>),
}

/// The state of a chatbot between two operations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct State<'a> {
    uri: Option<&'a str>,
    online: bool,
}

impl<'a> State<'a> {
    fn route(&self) -> Option<&'a str> {
        self.uri.filter(|_| self.online)
    }

    /// The state after `write`; none if the write cannot succeed.
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

/// Returns true if there is such an order, beginning with no chatbot of that name. Takes at most [`MAX_STEPS`] steps.
#[must_use]
pub fn linearizable(steps: &[Step]) -> bool {
    let returned = steps.iter().enumerate().filter(|(_, step)| step.returned.is_some());
    let required = returned.fold(0_u128, |required, (index, _)| required | 1 << index);
    let (mut visited, mut open) = (HashSet::new(), vec![(0_u128, State::default())]);
    while let Some((done, state)) = open.pop() {
        let done = with_reads(steps, done, &state);
        if done & required == required {
            return true;
        }
        if !visited.insert((done, state.clone())) {
            continue;
        }
        for (index, step) in ready(steps, done) {
            if let Kind::Write(write) = &step.kind
                && let Some(next) = state.after(write)
            {
                open.push((done | 1 << index, next));
            }
        }
    }
    false
}

/// Adds every read that returned the current route to `done`. A read changes nothing, so it can come as early as possible.
fn with_reads(steps: &[Step], mut done: u128, state: &State) -> u128 {
    loop {
        let before = done;
        for (index, step) in ready(steps, before) {
            if matches!(step.kind, Kind::Read(seen) if seen == state.route()) {
                done |= 1 << index;
            }
        }
        if done == before {
            return done;
        }
    }
}

/// The steps that can come next: no other remaining step ended before they began.
fn ready<'s, 'a>(steps: &'s [Step<'a>], done: u128) -> impl Iterator<Item = (usize, &'s Step<'a>)> {
    let remaining = move |index: &usize| done & (1 << index) == 0;
    let first_end =
        steps.iter().enumerate().filter(|(index, _)| remaining(index)).filter_map(|(_, step)| step.returned);
    let first_end = first_end.min().unwrap_or(Time::MAX);
    steps.iter().enumerate().filter(move |(index, step)| remaining(index) && step.invoked <= first_end)
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
    fn stale_read_is_not_linearizable() {
        let (enrol, online) = (Write::Enrol { uri: uri("a") }, Write::Online);
        let begin = [write(0, Some(1), &enrol), write(2, Some(5), &online)];
        let linearizable_with = |more: Step<'static>| linearizable(&[begin[0].clone(), begin[1].clone(), more]);
        assert!(
            linearizable_with(read(3, 4, None)) && linearizable_with(read(3, 4, Some("a"))),
            "both results of a concurrent read are right"
        );
        assert!(linearizable_with(read(6, 7, Some("a"))));
        assert!(!linearizable_with(read(6, 7, None)), "a stale read");
        assert!(!linearizable_with(read(6, 7, Some("b"))), "an address that was never written");
        assert!(!linearizable_with(read(0, 1, Some("a"))), "a read from the future");
    }

    #[test]
    fn later_read_must_show_what_an_earlier_one_showed() {
        let (enrol, online) = (Write::Enrol { uri: uri("a") }, Write::Online);
        let slow = [write(0, Some(1), &enrol), write(2, Some(9), &online), read(3, 4, Some("a")), read(5, 6, None)];
        assert!(!linearizable(&slow));
        let swapped = [write(0, Some(1), &enrol), write(2, Some(9), &online), read(3, 4, None), read(5, 6, Some("a"))];
        assert!(linearizable(&swapped));
    }

    #[test]
    fn unknown_write_takes_effect_once_at_any_time_or_never() {
        let (enrol, online, offline) = (Write::Enrol { uri: uri("a") }, Write::Online, Write::Offline);
        let base = [write(0, Some(1), &enrol), write(2, Some(3), &online), write(4, None, &offline)];
        let linearizable_with = |reads: &[Option<&'static str>]| {
            let reads = (10..).step_by(2).zip(reads).map(|(at, seen)| read(at, at + 1, *seen));
            linearizable(&base.iter().cloned().chain(reads).collect::<Vec<_>>())
        };
        assert!(
            linearizable_with(&[Some("a"), Some("a")])
                && linearizable_with(&[None, None])
                && linearizable_with(&[Some("a"), None])
        );
        assert!(!linearizable_with(&[None, Some("a")]), "the write took effect twice");
        assert!(!linearizable_with(&[Some("a"), None, Some("a")]));
    }

    #[test]
    fn removed_chatbot_returns_only_after_another_enrolment() {
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
        assert!(!linearizable(&steps), "a removed chatbot cannot go Online");
    }

    #[test]
    fn two_successful_enrolments_of_one_name_are_not_linearizable() {
        let (one, two) = (Write::Enrol { uri: uri("a") }, Write::Enrol { uri: uri("b") });
        assert!(!linearizable(&[write(0, Some(5), &one), write(1, Some(4), &two)]));
        assert!(linearizable(&[write(0, Some(5), &one), write(1, None, &two)]));
    }
}
