//! Weekdays as in JSON: their English names in lower case.

use jiff::civil::Weekday;
use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

const NAMES: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

fn name(weekday: Weekday) -> &'static str {
    let index = usize::try_from(weekday.to_monday_zero_offset()).unwrap_or_default();
    NAMES.get(index).copied().unwrap_or_default()
}

fn parse(name: &str) -> Option<Weekday> {
    let index = NAMES.iter().position(|known| *known == name)?;
    Weekday::from_monday_zero_offset(i8::try_from(index).ok()?).ok()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature of serde")]
pub(crate) fn serialize<S: Serializer>(weekday: &Weekday, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(name(*weekday))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Weekday, D::Error> {
    let name = String::deserialize(deserializer)?;
    parse(&name).ok_or_else(|| D::Error::unknown_variant(&name, &NAMES))
}

/// A list of weekdays.
pub(crate) mod list {
    use jiff::civil::Weekday;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(crate) fn serialize<S: Serializer>(weekdays: &[Weekday], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(weekdays.iter().map(|weekday| super::name(*weekday)))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Weekday>, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        let parsed = names.iter().map(|name| super::parse(name).ok_or_else(|| D::Error::custom("not a weekday")));
        parsed.collect()
    }
}
