//! Dates and times of rules as JSON: `2027-03-07` and `2027-03-07T03:30`, with or without `:00`. jiff reads far more.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime};
use serde::{Deserialize as _, Deserializer, de::Error as _};

/// The form of a time: `d` is a digit.
const TIME: &str = "dddd-dd-ddTdd:dd:dd";

fn has_form(text: &str, form: &str) -> bool {
    let fits = |(byte, form): (u8, u8)| if form == b'd' { byte.is_ascii_digit() } else { byte == form };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(fits)
}

fn date(text: &str) -> Option<Date> {
    if has_form(text, &TIME[..10]) { text.parse().ok() } else { None }
}

/// Reads a time.
pub(super) fn date_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    let has_form = has_form(&text, TIME) || has_form(&text, &TIME[..16]);
    let time = has_form.then(|| text.parse().ok()).flatten();
    time.ok_or_else(|| D::Error::custom("not a time as clocks show it, such as 2027-03-07T03:30"))
}

/// Reads an optional date that is present.
pub(super) fn last<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let text = String::deserialize(deserializer)?;
    date(&text).map(Some).ok_or_else(|| D::Error::custom("not a day, such as 2027-03-07"))
}

/// Reads a list of dates.
pub(super) fn dates<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeSet<Date>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let dates = texts.iter().map(|text| date(text).ok_or_else(|| D::Error::custom("not a day, such as 2027-03-07")));
    dates.collect()
}
