//! Tests of the forms.

use super::{
    csv::guarded,
    samples::{self, at, eventful, facts, offline, online, quiet, report},
};
use crate::{
    chatbots::status::Status,
    notifications::{Language, Links, Zone},
    reports::{ChatbotFacts, InstitutionFacts, SilenceFacts, SilenceReport},
};

const LANGUAGES: [Language; 2] = [Language::Et, Language::En];

fn links() -> Links {
    let unsubscribe = "https://centops.example.ee/subscriptions/1/unsubscription?token=a&b".parse();
    Links { console: None, unsubscribe: Some(unsubscribe.expect("a URL")) }
}

/// Reads CSV the way that RFC 4180 says, without the crate that wrote it.
fn read(text: &str, delimiter: char) -> Vec<Vec<String>> {
    let (mut lines, mut line, mut cell, mut quoted) = (vec![], vec![], String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(next) = chars.next() {
        match (next, quoted) {
            ('"', true) if chars.peek() == Some(&'"') => cell.extend(chars.next()),
            ('"', _) => quoted = !quoted,
            ('\r', false) => assert_eq!(chars.peek(), Some(&'\n'), "CRLF"),
            ('\n', false) => {
                line.push(std::mem::take(&mut cell));
                lines.push(std::mem::take(&mut line));
            }
            (other, false) if other == delimiter => line.push(std::mem::take(&mut cell)),
            (other, true) => cell.push(other),
            (other, false) => panic!("{other:?} is not quoted"),
        }
    }
    lines
}

#[test]
fn csv_has_every_number_of_the_view_in_both_languages() {
    let report = report(eventful());
    let et = report.csv(Language::Et).expect("CSV");
    let et = read(et.strip_prefix('\u{FEFF}').expect("a byte order mark"), ';');
    let en = read(&report.csv(Language::En).expect("CSV"), ',');
    assert_eq!((et.len(), en.len()), (9, 9), "a header, two chatbots, the total, two incidents and three figures");
    assert!(et.iter().chain(&en).all(|line| line.len() == 35), "RFC 4180: each line has the same number of fields");
    let expected = [
        "chatbot",
        "tax-board",
        "Maksu- ja Tolliamet <b>&",
        "tax-chat",
        "2026-11-23T00:00:00+02:00",
        "2026-11-30T00:00:00+02:00",
        "Europe/Tallinn",
        "99.49",
        "599400",
        "604800",
        "5400",
        "0",
        "3040",
        "1200",
        "2",
        "1800",
        "0",
        "",
        "99.70",
        "1800",
        "1",
    ];
    assert_eq!(en[1][..21], expected);
    assert!(en[1][21..].iter().all(String::is_empty));
    assert_eq!(et[1][1..7], en[1][1..7]);
    assert_eq!((et[1][7].as_str(), et[1][8..17] == en[1][8..17]), ("99,49", true));
    assert_eq!((en[2][7].as_str(), en[2][11].as_str()), ("", "604800"), "never online: no availability");
    assert_eq!(en[3][..4], ["total", "tax-board", "Maksu- ja Tolliamet <b>&", ""]);
    let view = serde_json::to_value(report.view()).expect("json");
    let own = &view["chatbots"][0]["availability"];
    assert_eq!(
        (own["percent"].to_string(), own["offlineSeconds"].to_string()),
        ("99.49".to_owned(), "3040".to_owned())
    );
    assert_eq!(view["chatbots"][1]["availability"].get("percent"), None);
}

#[test]
fn csv_has_the_incidents_and_their_figures_in_words_of_its_language() {
    let report = report(eventful());
    let en = read(&report.csv(Language::En).expect("CSV"), ',');
    let id = report.incidents.as_ref().expect("incidents").listed[1].id.to_string();
    assert_eq!((en[5][0].as_str(), en[5][3].as_str()), ("incident", "tax-chat"));
    assert!(en[5][7..21].iter().all(String::is_empty), "it has no availability");
    let resolved = [
        id.as_str(),
        "resolved",
        "2026-11-24T12:00:00+02:00",
        "2026-11-24T12:00:05+02:00",
        "2026-11-24T13:05:00+02:00",
        "3900",
        "does not answer",
        "240",
        "restarted",
        "yes",
        "no",
    ];
    assert_eq!(en[5][21..32], resolved);
    assert_eq!(en[4][22..27], ["transient", "2026-11-25T11:00:00+02:00", "", "2026-11-25T11:00:20+02:00", "20"]);
    let figures: Vec<_> = en[6..].iter().map(|line| (line[0].as_str(), &line[32..])).collect();
    // The transient one does not count.
    assert_eq!(figures[0], ("Detection (MTTD)", &["1", "25", "25"].map(str::to_owned)[..]));
    assert_eq!(figures[1], ("Acknowledgement (MTTA)", &["1", "240", "240"].map(str::to_owned)[..]));
    assert_eq!(figures[2], ("Resolution (MTTR)", &["1", "3895", "3895"].map(str::to_owned)[..]));
    let et = read(report.csv(Language::Et).expect("CSV").trim_start_matches('\u{FEFF}'), ';');
    let words = ["lahendatud", "ei vasta", "taaskäivitatud", "jah", "ei"];
    assert_eq!([22, 27, 29, 30, 31].map(|column| et[5][column].as_str()), words);
    assert_eq!(et[5][23..27], en[5][23..27]);
}

#[test]
fn view_has_the_incidents_without_persons() {
    let report = report(eventful());
    let view = serde_json::to_value(report.view()).expect("json");
    let [transient, resolved] = &view["incidents"].as_array().expect("incidents")[..] else { panic!("two incidents") };
    let expected = serde_json::json!({
        "id": resolved["id"], "chatbot": "tax-chat", "state": "resolved", "family": "unreachable", "planned": false,
        "began": "2026-11-24T10:00:00Z", "openedAt": "2026-11-24T10:00:05Z", "endedAt": "2026-11-24T11:05:00Z",
        "lastedSeconds": 3900, "acknowledgedAfterSeconds": 240, "action": {"action": "restarted", "helped": true},
    });
    assert_eq!(*resolved, expected);
    assert_eq!((&transient["state"], &transient["lastedSeconds"]), (&"transient".into(), &20.into()));
    assert_eq!(view["incidentFigures"]["resolution"]["p90Seconds"], 3895);
    let report = self::report(InstitutionFacts { incidents: None, ..eventful() });
    let view = serde_json::to_value(report.view()).expect("json");
    assert!(view.get("incidents").is_none() && view.get("incidentFigures").is_none());
    for language in LANGUAGES {
        assert!(report.page(language, &links()).contains("GET /incidents"), "too many are said to be too many");
    }
}

#[test]
fn page_and_mail_link_each_incident_where_there_is_a_console() {
    let console = Some("https://centops.example.ee/v1/".parse().expect("a URL"));
    let report = report(eventful());
    let id = report.incidents.as_ref().expect("incidents").listed[0].id;
    let url = format!("https://centops.example.ee/v1/incidents/{id}");
    let mail = report.mail(Language::En, &Links { console, ..links() }).expect("a mail");
    assert!(mail.html.contains(&format!("<th scope=\"row\"><a href=\"{url}\">{id}</a></th>")), "{}", mail.html);
    assert!(mail.text.contains(&format!("\n  {url}\n")));
    let page = report.page(Language::En, &Links::default());
    assert!(page.contains(&format!("<th scope=\"row\">{id}</th>")) && !page.contains("<a href"));
    for text in ["ongoing", "restarted (helped)", "does not answer", "1 hour and 5 minutes", "4 minutes"] {
        assert_eq!(page.contains(text), text != "ongoing", "{text}");
    }
}

/// Case 30.
#[test]
fn no_text_of_a_csv_is_a_formula_and_numbers_stay_numbers() {
    for (text, safe) in [
        ("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")"),
        ("-3", "'-3"),
        ("+3", "'+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\0=1", "'\0=1"),
        ("＝1", "'＝1"),
        ("a=1", "a=1"),
        ("", ""),
    ] {
        assert_eq!(guarded(text), safe);
    }
    let name = "=HYPERLINK(\"http://x\";\"y\")".to_owned();
    let report = report(InstitutionFacts { name: name.clone(), ..quiet() });
    for (language, delimiter) in [(Language::Et, ';'), (Language::En, ',')] {
        let csv = report.csv(language).expect("CSV");
        let lines = read(csv.trim_start_matches('\u{FEFF}'), delimiter);
        assert_eq!(lines[1][2], format!("'{name}"));
        assert!(lines.iter().flatten().all(|cell| !cell.starts_with(['=', '+', '-', '@'])), "{csv}");
    }
}

#[test]
fn page_is_read_by_a_screen_reader() {
    for language in LANGUAGES {
        let page = report(eventful()).page(language, &links());
        let count = |text: &str| page.matches(text).count();
        assert!(page.contains(&format!("<html lang=\"{}\">", language.as_str())));
        assert_eq!((count("<h1>"), count("<table>"), count("<caption>")), (1, 9, 9));
        assert_eq!(count("<th>"), 0, "every header has its scope");
        assert!(count("scope=\"row\"") > 6 && count("scope=\"col\"") > 20);
        assert!(page.contains("Tolliamet &lt;b&gt;&amp;") && !page.contains("<b>"));
        assert!(page.contains("unsubscription?token=a&amp;b"));
        assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("style=\""));
    }
}

#[test]
fn forms_have_the_same_parts_in_both_languages_and_no_sentence_twice() {
    for facts in [eventful(), quiet()] {
        let report = report(facts);
        let document = |language| report.document(language, 100, &links(), vec![]);
        let (et, en) = (document(Language::Et), document(Language::En));
        assert_eq!(et.sections.len(), en.sections.len());
        assert!(et.title != en.title && et.footer != en.footer);
        for (et, en) in et.lead.iter().zip(&en.lead) {
            assert_ne!(et, en);
        }
        for (et, en) in et.sections.iter().zip(&en.sections) {
            assert_ne!(et.heading, en.heading);
            assert_eq!(et.sentences.len(), en.sentences.len());
            assert!(et.sentences.iter().zip(&en.sentences).all(|(et, en)| et != en));
            let shape = |section: &super::document::Section| {
                section.table.as_ref().map(|table| (table.columns.len(), table.rows.len()))
            };
            assert_eq!(shape(et), shape(en));
            if let (Some(et), Some(en)) = (&et.table, &en.table) {
                assert_ne!(et.caption, en.caption);
                assert!(et.columns.iter().zip(&en.columns).all(|(et, en)| et != en));
            }
        }
    }
}

#[test]
fn mail_says_the_verdict_in_its_subject_also_when_nothing_happened() {
    let mail = |facts, language| report(facts).mail(language, &links()).expect("a mail");
    let quiet = mail(samples::quiet(), Language::Et);
    let expected = "Politsei- ja Piirivalveamet: katkestusi ei olnud, käideldavus 100,00% (23.11.2026 – 29.11.2026)";
    assert_eq!(quiet.subject, expected);
    assert!(quiet.text.contains("Katkestusi ei olnud.") && quiet.html.contains("Katkestusi ei olnud."));
    let eventful = mail(eventful(), Language::En);
    assert!(
        eventful.subject.ends_with("2 outages, availability 99.49% (23 November 2026 – 29 November 2026)"),
        "{}",
        eventful.subject
    );
    let empty = InstitutionFacts { chatbots: vec![], ..samples::quiet() };
    assert_eq!(
        mail(empty, Language::En).subject,
        "Politsei- ja Piirivalveamet: no chatbots (23 November 2026 – 29 November 2026)"
    );
    let long = InstitutionFacts { name: "õ".repeat(50), ..samples::eventful() };
    for language in LANGUAGES {
        let mail = mail(long.clone(), language);
        assert!(mail.subject.chars().count() < 100 && mail.subject.contains("99"), "{}", mail.subject);
        let [csv] = &mail.attachments[..] else { panic!("one file") };
        assert_eq!(
            (csv.name.as_str(), csv.media_type.as_str()),
            ("tax-board-2026-11-23.csv", "text/csv; charset=utf-8")
        );
        assert_eq!(csv.content, report(long.clone()).csv(language).expect("CSV"));
    }
}

#[test]
fn mail_of_many_chatbots_fits_and_keeps_the_worst() {
    let many = |count: usize| {
        let changes = [("2026-11-24T10:00:00Z", offline()), ("2026-11-24T11:00:00Z", online())];
        let mut chatbots: Vec<ChatbotFacts> = (0..count).map(|number| facts(&format!("bot-{number}"), &[])).collect();
        chatbots.push(facts("worst", &changes));
        report(InstitutionFacts { chatbots, ..quiet() }).mail(Language::Et, &links()).expect("a mail")
    };
    let hundred = many(100);
    assert_eq!(hundred.attachments.len(), 1);
    assert!(hundred.html.matches("<tr>").count() > 200, "all are shown twice");
    let thousand = many(1500);
    assert!(thousand.html.len() <= 100_000 && thousand.text.len() <= 100_000);
    assert!(thousand.html.contains("<th scope=\"row\">worst</th>") && thousand.text.contains("- worst:"));
    assert!(thousand.attachments.is_empty() && thousand.text.contains("GET /institutions/police/report"));
    let began = |number: u32| format!("2026-11-24T{:02}:{:02}:00Z", number / 60 % 24, number % 60);
    let incidents = (0..1440).map(|number| samples::incident("worst", &began(number))).collect();
    let incidents = report(InstitutionFacts { incidents: Some(incidents), ..quiet() });
    let flapping = incidents.mail(Language::En, &links()).expect("a mail");
    assert!(flapping.html.len() <= 100_000 && flapping.text.contains("Further incidents: "), "{}", flapping.text);
    assert_eq!(incidents.page(Language::En, &links()).matches("ongoing").count(), 1440, "a page has all");
    let stored = serde_json::to_string(&thousand).expect("json").len() + many(300).attachments[0].content.len();
    assert!(stored < 390_000, "{stored} bytes are stored in one item");
}

#[test]
fn silence_has_each_group_and_nothing_that_was_heard() {
    for language in LANGUAGES {
        let mail = samples::silence().mail(language, Zone::default(), &links());
        for name in ["quiet", "gone", "never", "dmr-tartu"] {
            assert!(mail.text.contains(&format!("- {name}:")) && mail.html.contains(name), "{name}");
        }
        for name in ["busy", "dmr-tallinn", "dmr-new"] {
            assert!(!mail.text.contains(name), "{name}");
        }
        assert_eq!(mail.html.matches("<h2>").count(), 5);
        assert!(!mail.text.contains("mari@"), "addresses are masked");
        let none =
            SilenceReport::new(SilenceFacts::default(), samples::now()).mail(language, Zone::default(), &links());
        assert!(none.subject.starts_with("30 ") && none.html.contains("<h1>"));
    }
}

#[test]
fn silence_begins_after_thirty_days() {
    let of = |last: &str| {
        let chatbot = samples::eventful().chatbots[1].chatbot.with_status(Status::Online, at("2026-02-01T00:00:00Z"));
        let facts = SilenceFacts { chatbots: vec![(chatbot, Some(at(last)))], ..SilenceFacts::default() };
        SilenceReport::new(facts, samples::now()).answering.len()
    };
    assert_eq!((of("2026-10-31T07:30:00Z"), of("2026-10-31T07:30:01Z")), (1, 0));
}
