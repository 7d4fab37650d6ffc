//! Clauses: what is said of one name, of a name and others, or of a count.

use std::iter::once;

use crate::notifications::rendering::words::Words;

/// A predicate that follows a name, a name and others, or a count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Predicate {
    pub(crate) one: &'static str,
    pub(crate) with_others: &'static str,
    pub(crate) count: &'static str,
}

impl Predicate {
    /// Returns a predicate with one form.
    pub(crate) const fn of(form: &'static str) -> Self {
        Self { one: form, with_others: form, count: form }
    }

    /// Returns a predicate with a form for one and another for several.
    pub(crate) const fn plural(one: &'static str, many: &'static str) -> Self {
        Self { one, with_others: many, count: many }
    }

    /// Returns a predicate whose verb is plural beside names, and singular after a count. Estonian has such verbs.
    pub(crate) const fn named_plural(one: &'static str, with_others: &'static str) -> Self {
        Self { one, with_others, count: one }
    }
}

/// Returns the clause about one name; or about a name and others, then about their count.
pub(crate) fn clauses(
    name: &str,
    count: usize,
    predicate: Predicate,
    noun: impl Fn(usize) -> String,
    words: Words,
) -> Vec<String> {
    if count == 1 {
        return vec![format!("{name} {}", predicate.one)];
    }
    vec![
        format!("{} {}", with_others(name, count, &noun, words), predicate.with_others),
        format!("{} {}", noun(count), predicate.count),
    ]
}

/// Returns a name and the count of the others.
pub(crate) fn with_others(name: &str, count: usize, noun: impl Fn(usize) -> String, words: Words) -> String {
    if count == 1 {
        return name.to_owned();
    }
    let others = noun(count - 1);
    // "2 more chatbots": the number comes first.
    let others = words.say(format!("ja veel {others}"), format!("and {}", others.replacen(' ', " more ", 1)));
    format!("{name} {others}")
}

/// Returns the wordings about certificates that end.
pub(crate) fn certificates(
    name: &str,
    day: &str,
    count: usize,
    noun: impl Fn(usize) -> String,
    words: Words,
) -> Vec<String> {
    if count == 1 {
        return vec![
            words.say(format!("{name}: sertifikaat aegub {day}"), format!("{name}: certificate ends on {day}")),
            words.say(format!("{name}: sertifikaat aegub"), format!("{name}: certificate ends soon")),
        ];
    }
    let end = words.say("sertifikaadid aeguvad peagi", "certificates end soon");
    once(with_others(name, count, &noun, words)).chain(once(noun(count))).map(|who| format!("{who}: {end}")).collect()
}
