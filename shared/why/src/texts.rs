//! Sentences and times in Estonian and English, as the console writes them.

use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;

/// A language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Estonian.
    Et,
    /// English.
    #[default]
    En,
}

/// A text that is no language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownLanguage;

impl std::fmt::Display for UnknownLanguage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a language is et or en")
    }
}

impl std::error::Error for UnknownLanguage {}

impl std::str::FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(text: &str) -> Result<Self, UnknownLanguage> {
        match text {
            "et" => Ok(Self::Et),
            "en" => Ok(Self::En),
            _ => Err(UnknownLanguage),
        }
    }
}

/// The texts of a language.
pub(crate) struct Texts {
    pub online: &'static str,
    pub offline: &'static str,
    pub unknown: &'static str,
    pub since: fn(&str, &str, &str) -> String,
    pub enrolled: &'static str,
    pub failing: fn(usize) -> String,
    pub unanswered: &'static str,
    pub unanswered_silence: &'static str,
    pub unanswered_disagreement: &'static str,
    pub unanswered_own_log: &'static str,
    pub forced: fn(Option<&str>) -> String,
    pub failure_rate: fn(&str, u64, u64) -> String,
    pub slow_rate: fn(&str, u64, u64) -> String,
    pub fast: fn(&str, u64, u64) -> String,
    pub own_log: fn(u64) -> String,
    pub held_by_cap: &'static str,
    pub held_by_dry_run: &'static str,
    pub check_silence: fn(&str) -> String,
    pub check_disagreement: fn(&str) -> String,
    pub check_own_log: fn(&str) -> String,
    pub forced_online: &'static str,
    pub forced_offline: &'static str,
    pub frozen: &'static str,
    pub controlled: fn(&str, &str, Option<&str>, &str) -> String,
    pub flapping: fn(&str) -> String,
    pub probing: &'static str,
    pub next_probe: fn(&str) -> String,
    pub pending: fn(&str, u64) -> String,
    months: [&'static str; 12],
}

static ET: Texts = Texts {
    online: "Võrgus",
    offline: "Võrgust väljas",
    unknown: "Teadmata",
    since: |status, at, length| format!("{status} alates {at} ({length})."),
    enrolled: "Vestlusrobot ei ole veel ühelegi proovipäringule vastanud.",
    failing: |observers| match observers {
        1 => "Üks vaatleja nägi vigu.".to_owned(),
        _ => format!("{observers} vaatlejat nägid vigu."),
    },
    unanswered: "Vestlusrobot ei vastanud proovipäringutele.",
    unanswered_silence: "Vaatlejad jäid vait ja vestlusrobot ei vastanud proovipäringutele.",
    unanswered_disagreement: "Vaatlejad olid eri meelt ja vestlusrobot ei vastanud proovipäringutele.",
    unanswered_own_log: "Vestlusrobot teatas ise vigadest ega vastanud proovipäringutele.",
    forced: |reason| format!("Inimene võttis ta võrgust välja{}.", after_colon(reason)),
    failure_rate: |observer, failed, total| format!("{observer}: {failed} päringut {total}\u{2011}st ebaõnnestus."),
    slow_rate: |observer, slow, total| format!("{observer}: {slow} päringut {total}\u{2011}st oli aeglane."),
    fast: |observer, failed, total| format!("{observer}: {failed} päringut {total}\u{2011}st ebaõnnestus järjest."),
    own_log: |failed| format!("Vestlusrobot ise: {failed} viga."),
    held_by_cap: "Ta tõrgub, kuid jääb võrku: rohkem vestlusroboteid automaatselt välja ei võeta.",
    held_by_dry_run: "Ta tõrgub, kuid jääb võrku: reegleid alles proovitakse.",
    check_silence: |due| format!("Vaatlejad on vait: teda proovitakse {due}."),
    check_disagreement: |due| format!("Vaatlejad on eri meelt: teda proovitakse {due}."),
    check_own_log: |due| format!("Ta teatas ise vigadest: teda proovitakse {due}."),
    forced_online: "Sunnitud võrku",
    forced_offline: "Sunnitud võrgust välja",
    frozen: "Olek on külmutatud",
    controlled: |mode, since, until, reason| {
        let until = until.map_or(", lõpuajata".to_owned(), |until| format!(" kuni {until}"));
        format!("{mode} alates {since}{until}: {reason}")
    },
    flapping: |since| format!("Käib alates {since} üha võrgus ja väljas."),
    probing: "Teda proovitakse praegu.",
    next_probe: |at| format!("Järgmine proovipäring {at}."),
    pending: |uri, failed| {
        let failed = if failed > 0 { format!(" (seni {failed} luhtus)") } else { String::new() };
        format!("Kolib aadressile {uri}, kui see proovipäringutele vastab{failed}.")
    },
    months: ["jaan", "veebr", "märts", "apr", "mai", "juuni", "juuli", "aug", "sept", "okt", "nov", "dets"],
};

static EN: Texts = Texts {
    online: "Online",
    offline: "Offline",
    unknown: "Unknown",
    since: |status, at, length| format!("{status} since {at} ({length})."),
    enrolled: "It has not answered a probe yet.",
    failing: |observers| match observers {
        1 => "1 observer saw failures.".to_owned(),
        _ => format!("{observers} observers saw failures."),
    },
    unanswered: "It did not answer its probes.",
    unanswered_silence: "Its observers stopped reporting, and it did not answer its probes.",
    unanswered_disagreement: "Its observers disagreed, and it did not answer its probes.",
    unanswered_own_log: "It reported errors of its own, and did not answer its probes.",
    forced: |reason| format!("A person took it offline{}.", after_colon(reason)),
    failure_rate: |observer, failed, total| format!("{observer}: {failed} of {total} requests failed."),
    slow_rate: |observer, slow, total| format!("{observer}: {slow} of {total} requests were slow."),
    fast: |observer, failed, total| format!("{observer}: {failed} of {total} requests failed in a row."),
    own_log: |failed| format!("The chatbot itself: {failed} {}.", if failed == 1 { "error" } else { "errors" }),
    held_by_cap: "It fails and stays online: no more chatbots are taken out automatically.",
    held_by_dry_run: "It fails and stays online: the policy is a dry run.",
    check_silence: |due| format!("Its observers stopped reporting: it is probed at {due}."),
    check_disagreement: |due| format!("Its observers disagree: it is probed at {due}."),
    check_own_log: |due| format!("It reported errors of its own: it is probed at {due}."),
    forced_online: "Forced online",
    forced_offline: "Forced offline",
    frozen: "Frozen",
    controlled: |mode, since, until, reason| {
        let until = until.map_or(", without an end".to_owned(), |until| format!(" until {until}"));
        format!("{mode} since {since}{until}: {reason}")
    },
    flapping: |since| format!("It has gone up and down since {since}."),
    probing: "It is being probed now.",
    next_probe: |at| format!("Next probe at {at}."),
    pending: |uri, failed| {
        let failed = if failed > 0 { format!(" ({failed} failed so far)") } else { String::new() };
        format!("It moves to {uri} when that answers its probes{failed}.")
    },
    months: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec"],
};

impl Language {
    /// Returns the texts.
    pub(crate) fn texts(self) -> &'static Texts {
        match self {
            Self::Et => &ET,
            Self::En => &EN,
        }
    }
}

fn after_colon(text: Option<&str>) -> String {
    text.map_or(String::new(), |text| format!(": {text}"))
}

/// Returns the time of the day, after the date unless it is that of `now`.
#[must_use]
pub fn moment(at: Timestamp, now: Timestamp, zone: &TimeZone, language: Language) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let clock = format!("{:02}:{:02}", at.hour(), at.minute());
    if at.date() == now.date() {
        return clock;
    }
    let index = usize::try_from(at.month() - 1).unwrap_or_default();
    let month = language.texts().months.get(index).copied().unwrap_or_default();
    let point = if language == Language::Et { "." } else { "" };
    format!("{}{point} {month} {}, {clock}", at.day(), at.year())
}

/// Returns a length of time in seconds by its two largest units, rounded down: "2 hrs 5 mins".
#[must_use]
pub fn duration(seconds: i64, language: Language) -> String {
    const UNITS: [i64; 4] = [86_400, 3600, 60, 1];
    let mut rest = seconds.max(0);
    let first = UNITS.iter().position(|length| rest >= *length).unwrap_or(UNITS.len() - 1);
    let mut parts = Vec::new();
    for (unit, length) in UNITS.iter().enumerate().skip(first).take(2) {
        let count = rest / length;
        rest -= count * length;
        if count > 0 || parts.is_empty() {
            parts.push(format!("{}{}", grouped(count, language), word(unit, count, language)));
        }
    }
    parts.join(" ")
}

/// Returns the word of a unit (days, hours, minutes, seconds) after a number, with the space before it.
fn word(unit: usize, count: i64, language: Language) -> String {
    let words = match (language, count) {
        (Language::Et, 1) => ["päev", "t", "min", "sek"],
        (Language::Et, _) => ["päeva", "t", "min", "sek"],
        (Language::En, 1) => ["day", "hr", "min", "sec"],
        (Language::En, _) => ["days", "hrs", "mins", "secs"],
    };
    format!(" {}", words.get(unit).copied().unwrap_or_default())
}

/// Returns a number with the groups of digits of the language. Estonian groups from five digits on.
fn grouped(count: i64, language: Language) -> String {
    let digits = count.to_string();
    if digits.len() < 4 || (language == Language::Et && digits.len() < 5) {
        return digits;
    }
    let separator = if language == Language::Et { '\u{a0}' } else { ',' };
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}
