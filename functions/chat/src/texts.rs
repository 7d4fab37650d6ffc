//! The sentences of answers, in Estonian and English. They are plain text: each room escapes them.

use centops_chat::{action::Kind, command::NoCommand};
use centops_why::texts::Language;

/// The commands, as the help lists them.
const COMMANDS: &str = "\
    status [bot] · olek\n\
    why bot · miks\n\
    logs bot · logi\n\
    who [bot] · kes\n\
    hold bot [2h] reason · külmuta\n\
    offline bot [2h] reason · välja\n\
    online bot [2h] reason · võrku\n\
    release bot · vabasta\n\
    ack bot [4h] · kinnita\n\
    resolve bot · lahenda\n\
    outage bot [2026-12-01] 22:00-23:00 reason · katkestus\n\
    link, unlink · seo, lahuta";

/// The sentences of one language.
#[derive(Clone, Copy, Debug)]
pub struct Texts(pub Language);

impl Texts {
    fn choose(self, et: &str, en: &str) -> String {
        if self.0 == Language::Et { et } else { en }.to_owned()
    }

    /// Returns the list of commands.
    pub fn help(self) -> String {
        let end =
            self.choose("online vajab teise inimese kinnitust.", "online needs the confirmation of a second person.");
        format!("{COMMANDS}\n{end}")
    }

    /// Returns what is wrong with a command.
    pub fn no_command(self, error: NoCommand) -> String {
        let text = match error {
            NoCommand::Unknown => self.choose("Sellist käsku ei ole.", "There is no such command."),
            NoCommand::Chatbot => {
                self.choose("Vestlusroboti nimi puudub või on vale.", "The name of a chatbot is missing or wrong.")
            }
            NoCommand::Reason => self.choose(
                "Põhjus puudub või on liiga pikk (280 tähemärki).",
                "A reason is missing or too long (280 characters).",
            ),
            NoCommand::Length => self.choose(
                "Kestus on 1m kuni 7d; kinnitusel 1h kuni 72h.",
                "A length is 1m to 7d; of an acknowledgement 1h to 72h.",
            ),
            NoCommand::Times => self.choose(
                "Ajad on kujul 22:00-23:00, nende ees vajadusel kuupäev 2026-12-01.",
                "The times are 22:00-23:00, after the day 2026-12-01 if it is needed.",
            ),
            NoCommand::Code => self.choose("Kood ei ole terve.", "The code is not complete."),
            NoCommand::Rest => self.choose("Käsus on sõnu liiga palju.", "The command has words too many."),
        };
        format!("{text}\n{}", self.help())
    }

    /// Returns how an account is linked, with the address of the console.
    pub fn how_to_link(self, console: &str) -> String {
        if self.0 == Language::Et {
            format!("See konto ei ole isikuga seotud. Logi sisse: {console}/chat. Kirjuta siis: link KOOD.")
        } else {
            format!("This account is not linked with a person. Sign in at {console}/chat. Then write: link CODE.")
        }
    }

    /// Returns that an account is linked until `until`.
    pub fn linked(self, name: Option<&str>, until: &str) -> String {
        let name = name.unwrap_or("–");
        if self.0 == Language::Et {
            format!("Konto on seotud: {name}, kuni {until}.")
        } else {
            format!("The account is linked: {name}, until {until}.")
        }
    }

    /// Returns who the account is linked with.
    pub fn who(self, name: Option<&str>, roles: &str, until: &str) -> String {
        let name = name.unwrap_or("–");
        let roles = if roles.is_empty() { "–" } else { roles };
        if self.0 == Language::Et {
            format!("{name}. Rollid: {roles}. Seos kehtib kuni {until}.")
        } else {
            format!("{name}. Roles: {roles}. Linked until {until}.")
        }
    }

    /// Returns that the code is not known.
    pub fn unknown_code(self) -> String {
        self.choose("Kood on vale, vana või kasutatud. Võta uus.", "The code is wrong, over or used. Get a new one.")
    }

    /// Returns that the link has ended.
    pub fn unlinked(self) -> String {
        self.choose("Seos on lõpetatud.", "The link has ended.")
    }

    /// Returns that commands are not permitted in the channel.
    pub fn other_channel(self) -> String {
        self.choose("Käsud ei ole selles kanalis lubatud.", "Commands are not permitted in this channel.")
    }

    /// Returns that a button is over.
    pub fn button_over(self) -> String {
        self.choose("Nupp on aegunud.", "The button has ended.")
    }

    /// Returns that another person has to press the button.
    pub fn needs_another(self) -> String {
        self.choose("Kinnitada peab teine inimene.", "Another person has to confirm this.")
    }

    /// Returns the question of a confirmation.
    pub fn confirm(self, what: &str) -> String {
        if self.0 == Language::Et {
            format!("{what}\nKinnitada peab teine inimene, tunni aja jooksul.")
        } else {
            format!("{what}\nAnother person has to confirm this within an hour.")
        }
    }

    /// Returns the word of the button of a confirmation.
    pub fn confirm_label(self) -> &'static str {
        if self.0 == Language::Et { "Kinnita" } else { "Confirm" }
    }

    /// Returns the word of the button that offers an action.
    pub fn label(self, kind: Kind) -> &'static str {
        match (kind, self.0) {
            (Kind::Why, Language::Et) => "Miks?",
            (Kind::Why, Language::En) => "Why?",
            (Kind::Acknowledge, Language::Et) => "Tegelen sellega",
            (Kind::Acknowledge, Language::En) => "Acknowledge",
            (_, Language::Et) => "Logi",
            (_, Language::En) => "Logs",
        }
    }

    /// Returns why an operation refused, with its own sentence, which is in English.
    pub fn refused(self, status: u16, detail: Option<&str>) -> String {
        let text = match status {
            403 => self.choose("Sinu roll seda ei luba.", "Your role does not permit this."),
            404 => self.choose("Sellist ei ole.", "It does not exist."),
            409 => self.choose("Praeguses olekus ei saa.", "Not as things stand."),
            429 | 503 => self.choose("Praegu ei saa. Proovi uuesti.", "Not available now. Try again."),
            500.. => self.choose("Viga meie poolel.", "An error on our side."),
            _ => self.choose("Päring ei sobi.", "The request is not valid."),
        };
        detail.map_or_else(|| text.clone(), |detail| format!("{text} ({detail})"))
    }

    /// Returns that an operation did not answer in time.
    pub fn no_answer(self) -> String {
        self.choose(
            "Vastust ei tulnud õigel ajal. Vaata, kas see on tehtud.",
            "No answer came in time. Look whether it was done.",
        )
    }

    /// Returns that a chatbot has no active incident.
    pub fn no_incident(self) -> String {
        self.choose("Aktiivset intsidenti ei ole.", "There is no active incident.")
    }

    /// Returns the counts of the network.
    pub fn counts(self, [online, ejected, offline, unknown]: [u64; 4]) -> String {
        if self.0 == Language::Et {
            format!("Võrgus {online}, tõrke tõttu väljas {ejected}, käsitsi väljas {offline}, teadmata {unknown}.")
        } else {
            format!("Online {online}, taken out {ejected}, forced offline {offline}, unknown {unknown}.")
        }
    }

    /// Returns a line about an incident.
    pub fn incident(self, chatbot: &str, state: &str, since: &str, by: Option<&str>) -> String {
        let word = match (state, self.0) {
            ("suspected", Language::Et) => "kahtlus",
            ("open", Language::Et) => "avatud",
            ("acknowledged", Language::Et) => "tegeldakse",
            ("merged", Language::Et) => "osa teisest",
            (other, _) => other,
        };
        let by = by.map_or(String::new(), |by| format!(", {by}"));
        if self.0 == Language::Et {
            format!("{chatbot}: {word} alates {since}{by}")
        } else {
            format!("{chatbot}: {word} since {since}{by}")
        }
    }

    /// Returns who is responsible for a chatbot.
    pub fn owner(self, chatbot: &str, institution: &str, contact: &str) -> String {
        if self.0 == Language::Et {
            format!("{chatbot}: asutus {institution}, kontakt {contact}.")
        } else {
            format!("{chatbot}: institution {institution}, contact {contact}.")
        }
    }

    /// Returns that a chatbot has no log entries.
    pub fn no_logs(self) -> String {
        self.choose("Logikirjeid ei ole.", "There are no log entries.")
    }

    /// Returns what was done to a chatbot or an incident, or is to be done.
    pub fn done(self, kind: Kind, subject: &str, until: Option<&str>, reason: Option<&str>) -> String {
        let verb = match (kind, self.0) {
            (Kind::Hold, Language::Et) => "olek külmutatud",
            (Kind::Hold, Language::En) => "status frozen",
            (Kind::Offline, Language::Et) => "võrgust väljas",
            (Kind::Offline, Language::En) => "forced offline",
            (Kind::Online, Language::Et) => "sunnitud võrku",
            (Kind::Online, Language::En) => "forced online",
            (Kind::Release, Language::Et) => "vabastatud",
            (Kind::Release, Language::En) => "released",
            (Kind::Acknowledge, Language::Et) => "intsidendiga tegeldakse",
            (Kind::Acknowledge, Language::En) => "incident acknowledged",
            (Kind::Resolve, Language::Et) => "intsident lahendatud",
            (Kind::Resolve, Language::En) => "incident resolved",
            (_, Language::Et) => "katkestus kavandatud",
            (_, Language::En) => "outage planned",
        };
        let word = if self.0 == Language::Et { "kuni" } else { "until" };
        let until = until.map_or(String::new(), |until| format!(" {word} {until}"));
        let reason = reason.map_or(String::new(), |reason| format!(": {reason}"));
        format!("{subject}: {verb}{until}{reason}")
    }
}
