//! The pure core: what is asked, what is believed, and what is refused. It has no clock, no network, no file.
//!
//! A delta is believed when it is signed, begins at our revision and leads to the number of routes that it
//! says: its tombstones explain all that goes, however much it is. A whole table explains nothing. It may be
//! newer by any number of changes, so it has to resemble ours: when it lacks more than `max_shrink_percent` of
//! our routes by name, it is refused and ours stays. It cannot be refused for ever either: a network that truly
//! lost half of its chatbots would be routed by a dead table until that expires. So when CentOps stays by it for
//! `confirm_after`, with answers that are sound by themselves and do not go back, it is believed. Until then the
//! refusal shows in the status, for people to look at. An unsound answer meanwhile starts the time anew.

use std::sync::Arc;

use jiff::Timestamp;

use crate::view::{Lookup, Refused, Status, View};
use crate::wire::{Delta, Page, read};
use crate::{Keys, Refusal, Rules, Signed, Table};

/// Deltas are kept beside the whole table up to this many bytes, or up to its size if that is more,
const DELTA_BYTES: usize = 256 * 1024;
/// and up to this number: each is applied again when the file is read.
const DELTAS: usize = 1000;

/// What to ask CentOps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The whole table, page by page.
    Whole,
    /// What changed since this revision, if anything: with `If-None-Match`.
    Since(u64),
}

/// What CentOps answered.
#[derive(Clone, Debug)]
pub enum Answer {
    /// 304: the revision is still the newest.
    Unchanged,
    /// A delta.
    Delta(Signed),
    /// The whole table, all pages of it.
    Whole(Vec<Signed>),
    /// 410: the change log does not reach there.
    Gone,
}

/// What came of an answer that was believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Our table is the newest.
    Confirmed,
    /// There is a new table.
    Applied,
    /// It says what we know already.
    Known,
    /// It does not begin where we are: ask again, at once.
    AskAgain,
}

/// The last good table as a file has it: what CentOps signed, and when it was last confirmed.
#[derive(Clone, Debug, Default)]
pub struct Saved {
    /// The keys that signed it.
    pub keys: Keys,
    /// When the table was taken.
    pub fetched: Timestamp,
    /// When it was last confirmed.
    pub confirmed: Timestamp,
    /// The whole table, page by page.
    pub pages: Vec<Signed>,
    /// What changed since, in order.
    pub deltas: Vec<Signed>,
}

/// Keeps the last good table and decides what takes its place.
#[derive(Clone, Debug)]
pub struct Keeper {
    rules: Rules,
    keys: Keys,
    held: Option<Held>,
    /// The next question is for the whole table.
    whole_wanted: bool,
    doubt: Option<CheckReason>,
    refused: Option<Refused>,
}

#[derive(Clone, Debug)]
struct Held {
    view: View,
    /// Who signed the pages, by key id.
    signer: String,
    /// The keys of pages and deltas: they stay good for what they signed, when CentOps has others by now.
    keys: Keys,
    pages: Vec<Signed>,
    deltas: Vec<Signed>,
}

/// A sound whole table that does not fit ours was seen.
#[derive(Clone, Copy, Debug)]
struct CheckReason {
    since: Timestamp,
    /// The newest revision that was refused so.
    revision: u64,
}

impl Keeper {
    /// A keeper without a table.
    #[must_use]
    pub fn new(rules: Rules, keys: Keys) -> Self {
        Self { rules, keys, held: None, whole_wanted: false, doubt: None, refused: None }
    }

    /// A keeper with the table of a file, verified anew by `keys` or, where that is empty, by the file's own.
    ///
    /// # Errors
    /// When anything in it does not verify or does not fit.
    pub fn restored(rules: Rules, keys: Keys, saved: Saved, now: Timestamp) -> Result<Self, Refusal> {
        let trusted = if keys.is_empty() { saved.keys } else { keys.clone() };
        let mut keeper = Self::new(rules, trusted);
        // A file that says it was confirmed later than now ages from now on.
        let confirmed = saved.confirmed.min(now);
        keeper.whole(saved.pages, confirmed)?;
        for delta in saved.deltas {
            if keeper.delta(delta, confirmed)? != Taken::Applied {
                return Err(Refusal::Pages);
            }
        }
        if let Some(held) = &mut keeper.held {
            held.view.fetched = saved.fetched.min(now);
        }
        keeper.keys = keys;
        Ok(keeper)
    }

    /// What a file needs to restore the table; none before the first.
    #[must_use]
    pub fn saved(&self) -> Option<Saved> {
        let held = self.held.as_ref()?;
        Some(Saved {
            keys: held.keys.clone(),
            fetched: held.view.fetched,
            confirmed: held.view.confirmed,
            pages: held.pages.clone(),
            deltas: held.deltas.clone(),
        })
    }

    /// What to ask next.
    #[must_use]
    pub fn ask(&self) -> Ask {
        match &self.held {
            Some(held) if !self.whole_wanted => Ask::Since(held.view.table.revision()),
            _ => Ask::Whole,
        }
    }

    /// The keys that answers are verified by.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Verifies by these keys from now on. What is held was verified before and stays.
    pub fn set_keys(&mut self, keys: Keys) {
        self.keys = keys;
    }

    /// The table that lookups use; none before the first.
    #[must_use]
    pub fn view(&self) -> Option<&View> {
        self.held.as_ref().map(|held| &held.view)
    }

    /// Where a chatbot is.
    #[must_use]
    pub fn lookup(&self, name: &str, now: Timestamp) -> Lookup {
        self.view().map_or(Lookup::NoTable, |view| view.lookup(name, self.rules.max_age, now))
    }

    /// How things stand.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Status {
        let view = self.view();
        let age = view.map(|view| view.age(now));
        Status {
            revision: view.map(|view| view.table.revision()),
            count: view.map_or(0, |view| view.table.routes().len()),
            made: view.map(|view| view.table.time()),
            fetched: view.map(|view| view.fetched),
            confirmed: view.map(|view| view.confirmed),
            age,
            expired: age.is_some_and(|age| age > self.rules.max_age),
            refused: self.refused.clone(),
            failure: None,
            file: None,
        }
    }

    /// Takes the answer to `asked`, a question that was sent at `at`: the table is as fresh as that.
    ///
    /// # Errors
    /// When the answer is not believed. What is held stays.
    pub fn take(&mut self, asked: Ask, answer: Answer, at: Timestamp) -> Result<Taken, Refusal> {
        let taken = match answer {
            Answer::Gone => {
                self.whole_wanted = true;
                return Ok(Taken::AskAgain);
            }
            Answer::Unchanged => Ok(self.unchanged(asked, at)),
            Answer::Delta(signed) => self.delta(signed, at),
            Answer::Whole(pages) => {
                self.whole_wanted = false;
                self.whole(pages, at)
            }
        };
        if taken.as_ref().is_err_and(|refusal| !refusal.may_pass()) {
            self.doubt = None;
        }
        self.noted(taken, at)
    }

    /// Takes a delta that was pushed, not asked for, and came at `now`. `AskAgain` means that one before it is
    /// missing.
    ///
    /// # Errors
    /// When it is not believed. What is held stays.
    pub fn push(&mut self, signed: Signed, now: Timestamp) -> Result<Taken, Refusal> {
        // It may have waited in a queue: the table is as fresh as the delta says, not as its arrival.
        let taken = self.keys.verify(&signed).and_then(|_| read::<Delta>(&signed.body)).and_then(|delta| {
            let confirmed = self.view().map_or(Timestamp::MIN, |view| view.confirmed);
            self.delta(signed, delta.time.min(now).max(confirmed))
        });
        self.noted(taken, now)
    }

    fn noted(&mut self, taken: Result<Taken, Refusal>, at: Timestamp) -> Result<Taken, Refusal> {
        match &taken {
            Ok(Taken::Applied | Taken::Confirmed) => {
                self.refused = None;
                self.doubt = None;
            }
            Ok(Taken::Known | Taken::AskAgain) => {}
            Err(why) => {
                let (since, times) = self.refused.as_ref().map_or((at, 0), |before| (before.since, before.times));
                self.refused = Some(Refused { why: why.clone(), since, times: times + 1 });
            }
        }
        taken
    }

    fn unchanged(&mut self, asked: Ask, at: Timestamp) -> Taken {
        match &mut self.held {
            Some(held) if asked == Ask::Since(held.view.table.revision()) => {
                held.view.confirmed = held.view.confirmed.max(at);
                Taken::Confirmed
            }
            _ => Taken::AskAgain,
        }
    }

    fn delta(&mut self, signed: Signed, at: Timestamp) -> Result<Taken, Refusal> {
        let kid = self.keys.verify(&signed)?;
        let Some(held) = &mut self.held else { return Ok(Taken::AskAgain) };
        let delta: Delta = read(&signed.body)?;
        let ours = held.view.table.revision();
        if delta.since != ours {
            // Another delta came first, or one before it is missing.
            return Ok(if delta.revision <= ours { Taken::Known } else { Taken::AskAgain });
        }
        let table = match held.view.table.apply(delta) {
            Ok(table) => table,
            Err(refusal) => {
                // CentOps signed it and it does not fit: one of the tables is wrong, and only a whole one can tell.
                self.whole_wanted = true;
                return Err(refusal);
            }
        };
        let confirmed = held.view.confirmed.max(at);
        if table.revision() == ours {
            held.view.confirmed = confirmed;
            return Ok(Taken::Confirmed);
        }
        held.view = View { table: Arc::new(table), fetched: at, confirmed };
        held.keys = held.keys.with(&self.keys.only([kid.as_str()].into_iter()));
        held.deltas.push(signed);
        let bytes = |all: &[Signed]| all.iter().map(|signed| signed.body.len()).sum::<usize>();
        let many = held.deltas.len() > DELTAS || bytes(&held.deltas) > bytes(&held.pages).max(DELTA_BYTES);
        // A new whole table makes the file short and lets old keys go.
        self.whole_wanted |= many || kid != held.signer;
        Ok(Taken::Applied)
    }

    fn whole(&mut self, signed: Vec<Signed>, at: Timestamp) -> Result<Taken, Refusal> {
        let mut pages: Vec<Page> = Vec::with_capacity(signed.len());
        let mut kids = Vec::with_capacity(signed.len());
        for page in &signed {
            kids.push(self.keys.verify(page)?);
            pages.push(read(&page.body)?);
        }
        let table = Table::of_pages(pages)?;
        let before = self.held.as_ref().map(|held| held.view.clone());
        if let Some(view) = &before {
            self.fits(&view.table, &table, at)?;
        }
        let confirmed = before.as_ref().map_or(at, |view| view.confirmed.max(at));
        let same = before.filter(|view| view.table.revision() == table.revision());
        let fetched = same.as_ref().map_or(at, |view| view.fetched);
        self.held = Some(Held {
            view: View { table: Arc::new(table), fetched, confirmed },
            keys: self.keys.only(kids.iter().map(String::as_str)),
            signer: kids.pop().unwrap_or_default(),
            pages: signed,
            deltas: Vec::new(),
        });
        Ok(if same.is_some() { Taken::Confirmed } else { Taken::Applied })
    }

    /// Whether a sound whole table may take the place of ours.
    fn fits(&mut self, ours: &Table, theirs: &Table, at: Timestamp) -> Result<(), Refusal> {
        if theirs.revision() < ours.revision() {
            return Err(Refusal::WentBack { ours: ours.revision(), theirs: theirs.revision() });
        }
        let (has, lost) = (ours.routes().len(), ours.lost_in(theirs));
        let differs = theirs.revision() == ours.revision() && theirs.routes() != ours.routes();
        if lost * 100 <= has * usize::from(self.rules.max_shrink_percent) && !differs {
            return Ok(());
        }
        let known = self.doubt.filter(|doubt| doubt.revision <= theirs.revision());
        let since = known.map_or(at, |doubt| doubt.since);
        self.doubt = Some(CheckReason { since, revision: theirs.revision() });
        if at.duration_since(since) >= self.rules.confirm_after {
            return Ok(());
        }
        let until = since.saturating_add(self.rules.confirm_after).unwrap_or(Timestamp::MAX);
        Err(if differs {
            Refusal::Differs { revision: theirs.revision(), until }
        } else {
            Refusal::Shrunk { ours: has, lost, until }
        })
    }
}
