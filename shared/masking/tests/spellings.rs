//! Data in every spelling that programs produce, beside any punctuation.

use centops_masking::mask;
use proptest::prelude::*;

/// Encodes all characters of a text.
type Encode = fn(&str) -> String;

/// Encodes the characters that are no letters or digits of ASCII.
fn percent(text: &str) -> String {
    encode(text, |c| !c.is_ascii_alphanumeric(), |c| utf8(c, "%"))
}

fn encode(text: &str, applies: impl Fn(char) -> bool, spelling: impl Fn(char) -> String) -> String {
    text.chars().map(|c| if applies(c) { spelling(c) } else { c.to_string() }).collect()
}

fn utf8(c: char, prefix: &str) -> String {
    c.to_string().bytes().map(|byte| format!("{prefix}{byte:02X}")).collect::<Vec<_>>().concat()
}

fn utf16(c: char, prefix: &str) -> String {
    c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("{prefix}{unit:04x}")).collect::<Vec<_>>().concat()
}

fn html_name(c: char) -> String {
    match c {
        '@' => "&commat;".to_owned(),
        '+' => "&plus;".to_owned(),
        '.' => "&period;".to_owned(),
        ':' => "&colon;".to_owned(),
        ' ' => "&nbsp;".to_owned(),
        '"' => "&quot;".to_owned(),
        '&' => "&amp;".to_owned(),
        c => c.to_string(),
    }
}

/// Every spelling.
const SPELLINGS: [(&str, Encode); 22] = [
    ("plain", str::to_owned),
    ("percent", percent),
    ("percent, lower case", |text| percent(text).to_lowercase()),
    ("percent, twice", |text| percent(&percent(text))),
    ("percent, three times", |text| percent(&percent(&percent(text)))),
    ("percent, five times", |text| percent(&percent(&percent(&percent(&percent(text)))))),
    ("percent, all", |text| encode(text, |_| true, |c| utf8(c, "%"))),
    ("percent, all, twice", |text| percent(&encode(text, |_| true, |c| utf8(c, "%")))),
    ("JSON", |text| encode(text, |c| !c.is_ascii_alphanumeric(), |c| utf16(c, r"\u"))),
    ("JSON, all", |text| encode(text, |_| true, |c| utf16(c, r"\u"))),
    ("JSON in JSON", |text| encode(text, |c| !c.is_ascii_alphanumeric(), |c| utf16(c, r"\\u"))),
    ("JSON in JSON in JSON", |text| encode(text, |c| !c.is_ascii_alphanumeric(), |c| utf16(c, r"\\\\u"))),
    ("source code, bytes", |text| encode(text, |c| !c.is_ascii_alphanumeric(), |c| utf8(c, r"\x"))),
    ("source code, braces", |text| {
        encode(text, |c| !c.is_ascii_alphanumeric(), |c| format!("\\u{{{:x}}}", u32::from(c)))
    }),
    ("HTML, decimal", |text| encode(text, |c| !c.is_ascii_alphanumeric(), |c| format!("&#{};", u32::from(c)))),
    ("HTML, decimal, all", |text| encode(text, |_| true, |c| format!("&#{};", u32::from(c)))),
    ("HTML, hexadecimal", |text| encode(text, |c| !c.is_ascii_alphanumeric(), |c| format!("&#x{:X};", u32::from(c)))),
    ("HTML, names", |text| encode(text, |_| true, html_name)),
    ("HTML, names, twice", |text| encode(text, |_| true, html_name).replace('&', "&amp;")),
    ("HTML in percent", |text| percent(&encode(text, |_| true, html_name))),
    ("percent in JSON", |text| percent(text).replace('%', r"\u0025")),
    ("full width", |text| {
        encode(text, |c| c.is_ascii_graphic(), |c| char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c).to_string())
    }),
];

/// One item of each kind in each of its forms, and its marker.
const ITEMS: [(&str, &str); 22] = [
    ("5123456", "[phone]"),
    ("51234567", "[phone]"),
    ("5123 4567", "[phone]"),
    ("612-3456", "[phone]"),
    ("+37251234567", "[phone]"),
    ("+372 5123 4567", "[phone]"),
    ("+372.51234567", "[phone]"),
    ("0037251234567", "[phone]"),
    ("37251234567", "[phone]"),
    ("+358401234567", "[phone]"),
    ("+44 20 7946 0958", "[phone]"),
    ("37605030299", "[personal code]"),
    ("376 0503 0299", "[personal code]"),
    ("376050-30299", "[personal code]"),
    ("mari@example.ee", "[e-mail]"),
    ("jüri.õun+bot@näide.ee", "[e-mail]"),
    ("192.0.2.1", "[ip]"),
    ("2001:db8::1", "[ip]"),
    ("2001:db8:0:0:0:0:0:1", "[ip]"),
    ("Bearer q8linnuke.x7", "[token]"),
    ("api_key=q8linnuke7", "[token]"),
    (r#""password":"q8 linnuke 7""#, "[token]"),
];

/// Punctuation that is a part of no item.
const SEPARATORS: [&str; 26] = [
    ",", ";", "|", "/", "=", "?", "!", "<", ">", "\"", "'", "`", "^", "*", "#", "~", "\t", "\n", "{", "}", "\\", "&",
    "„", "”", "»", "…",
];
/// Punctuation that can be a part of an item or of a number, so it stands beside words only.
const JOINING: [&str; 11] = [".", ":", "-", "_", " ", "(", ")", "[", "]", "+", "%"];

/// Returns true if `masked` has the marker of the item and no longer the item.
fn is_masked(masked: &str, (item, marker): (&str, &str)) -> bool {
    masked.contains(marker) && !masked.contains(item) && !masked.contains("linnuke")
}

/// Returns the item between `mark`s and `neighbour`s, with the item spelled, and with the whole text spelled.
fn texts(item: &str, encode: Encode, mark: &str, neighbour: &str) -> Vec<String> {
    // A backslash before an escape makes it JSON in JSON. A percent sign before hexadecimal digits is one too. After a time and a comma, three digits are milliseconds.
    let is_backslash = mark == "\\" && encode(item).contains('\\');
    let is_fraction = mark == "," && neighbour.contains(':') && item == "612-3456";
    let is_percent = mark == "%" && (encode("5").starts_with('%') || item.starts_with("Bea"));
    if is_backslash || is_fraction || is_percent {
        return Vec::new();
    }
    let spelled = format!("{neighbour}{mark}{}{mark}{neighbour}", encode(item));
    let whole = encode(&format!("{neighbour}{mark}{item}{mark}{neighbour}"));
    if neighbour == "4711" { vec![spelled, whole] } else { vec![spelled] }
}

#[test]
fn each_item_is_masked_in_each_spelling_beside_each_punctuation() {
    let separators = SEPARATORS.iter().map(|mark| (*mark, &["", "kes", "4711", "12:30:45"][..]));
    let joining = JOINING.iter().map(|mark| (*mark, &["", "kes"][..]));
    let mut wrong = Vec::new();
    for (mark, neighbours) in separators.chain(joining) {
        for ((item, marker), (spelling, encode)) in
            ITEMS.into_iter().flat_map(|item| SPELLINGS.map(|spelling| (item, spelling)))
        {
            for text in neighbours.iter().flat_map(|neighbour| texts(item, encode, mark, neighbour)) {
                let masked = mask(&text);
                if !is_masked(&masked, (&encode(item), marker)) {
                    wrong.push(format!("{spelling}: {text:?} became {masked:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} texts, such as\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}

/// Checks that each text is masked as expected.
fn assert_masked(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(&mask(text), expected, "{text}");
    }
}

#[test]
fn phone_numbers_are_masked_in_rows_and_arrays() {
    assert_masked(&[
        ("12:30:45,5123456,vastamata", "12:30:45,[phone],vastamata"),
        ("4711,51234567,2026-11-21", "4711,[phone],2026-11-21"),
        (r#"{"phones":[5123456,5234567]}"#, r#"{"phones":[[phone],[phone]]}"#),
        ("5123456,5234567;53456789\t5123457|6123456", "[phone],[phone];[phone]\t[phone]|[phone]"),
        ("kasutaja:4711:5123456:7", "kasutaja:4711:[phone]:7"),
        ("12,50 €,5123456", "12,50 €,[phone]"),
        ("12.50 € 5123456", "12.50 € [phone]"),
        ("09:30:56,5123456", "09:30:56,[phone]"),
        (r"vastus:\n5123456\tjah", r"vastus:\n[phone]\tjah"),
        (r"a\\n5123456\r\nmari@example.ee\nfe80::1", r"a\\n[phone]\r\n[e-mail]\n[ip]"),
        (r"\ntoken=abc\tBearer abc", r"\ntoken=[token]\tBearer [token]"),
        ("+372.51234567", "+372.[phone]"),
        ("LIKE '%5123456%'", "LIKE '%[phone]%'"),
        ("LIKE '%192.168.1.10%'", "LIKE '%[ip]%'"),
    ]);
}

#[test]
fn spelling_outside_of_data_stays() {
    assert_masked(&[
        (r#"{"phone":"\u002B358401234567","t":"\u00f5"}"#, r#"{"phone":"[phone]","t":"\u00f5"}"#),
        ("q=helista+5123456&r=%C3%B5", "q=helista+[phone]&r=%C3%B5"),
        ("tel=%2B372+5123+4567", "tel=[phone]"),
        ("tel=%252B37251234567%2526x", "tel=[phone]%2526x"),
        ("e=mari%2540n%C3%A4ide.ee&x=1", "e=[e-mail]&x=1"),
        ("&lt;mari&commat;example&period;ee&gt;", "&lt;[e-mail]&gt;"),
        ("%3Cmari%40example.ee%3E", "%3C[e-mail]%3E"),
        ("ip=2001%3Adb8%3A%3A1%20x", "ip=[ip]%20x"),
        ("x%2037605030299%0A", "x%20[personal code]%0A"),
        ("5123%C2%A04567", "[phone]"),
    ]);
}

#[test]
fn secret_ends_at_the_quote_that_is_spelled_like_its_first() {
    assert_masked(&[
        (r#"{"token":"a%22b","n":1}"#, r#"{"token":"[token]","n":1}"#),
        ("%7B%22token%22%3A%22a%5C%22b%22%2C%22n%22%3A1%7D", "%7B%22token%22%3A%22[token]%22%2C%22n%22%3A1%7D"),
        ("&quot;token&quot;:&quot;ab&quot;,&quot;n&quot;:1", "&quot;token&quot;:&quot;[token]&quot;,&quot;n&quot;:1"),
        (r#"{\"token\":\"a\\\"b\",\"n\":1}"#, r#"{\"token\":\"[token]\",\"n\":1}"#),
        (r#"{"token":"ab\\","n":1}"#, r#"{"token":"[token]","n":1}"#),
        (r#"token="ab"#, r#"token="[token]"#),
        ("token=%22ab\" c", "token=%22[token]\" c"),
        ("token=a%26b&n=1", "token=[token]&n=1"),
        ("token=ab&amp;n=1", "token=[token]&amp;n=1"),
        ("Authorization%3A%20Basic%20cTg3%3D%3D%0D%0AHost", "Authorization%3A%20Basic%20[token]"),
    ]);
}

/// Generates texts of escapes, fragments of escapes, and data.
fn pieces() -> impl Strategy<Value = String> {
    let item = (0..ITEMS.len(), 0..SPELLINGS.len()).prop_map(|(item, spelling)| SPELLINGS[spelling].1(ITEMS[item].0));
    let piece = prop_oneof![
        3 => item,
        1 => "%[0-9A-Fa-f]{0,2}",
        1 => r"\\{1,4}(u[0-9a-f]{0,4}|x[0-9a-f]{0,2}|[nrtbf/]|u\{[0-9a-f]{0,7}\}?)",
        1 => "&(#x?[0-9a-f]{0,8}|commat|amp|plus|quot|nbsp);?",
        2 => "[0-9 .,:+()-]{1,12}",
        1 => "[\\[\\]{}<>\"'&;=@%\\\\/ ]{1,3}",
        1 => "(Bearer |token=|token=%22|\"password\":\"|eyJ|Authorization: )[a-z0-9.\"]{0,8}",
        1 => "\\PC{0,6}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Returns true if `masked` is `text` with some spans replaced by markers.
fn is_text_with_markers(text: &str, masked: &str) -> bool {
    let mut separated = masked.to_owned();
    for marker in ["[token]", "[e-mail]", "[ip]", "[personal code]", "[phone]"] {
        separated = separated.replace(marker, "\0");
    }
    let parts: Vec<&str> = separated.split('\0').collect();
    let [first, middle @ .., last] = parts.as_slice() else { return masked == text };
    let Some(mut rest) = text.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)) else { return false };
    middle.iter().all(|part| match rest.split_once(part) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

    #[test]
    fn masking_never_panics(text in any::<String>()) {
        let once = mask(&text);
        prop_assert_eq!(mask(&once), once);
    }

    #[test]
    fn masking_is_idempotent_for_escapes(text in pieces()) {
        let once = mask(&text);
        prop_assert_eq!(mask(&once), once);
    }

    #[test]
    fn text_outside_of_masked_spans_is_unchanged(text in pieces()) {
        let text = text.replace(['\0', '['], "");
        let masked = mask(&text);
        prop_assert!(masked == "[masked]" || is_text_with_markers(&text, &masked), "{:?} became {:?}", text, masked);
    }

    #[test]
    fn planted_item_is_masked_in_each_spelling_and_context(
        item in 0..ITEMS.len(),
        spelling in 0..SPELLINGS.len(),
        (before, after) in ("\\PC{0,12}", "\\PC{0,12}"),
        (left, right) in (0..SEPARATORS.len(), 0..SEPARATORS.len()),
    ) {
        // A backslash before an escape makes it JSON in JSON. A currency sign marks a sum.
        prop_assume!(SEPARATORS[left] != "\\" || !SPELLINGS[spelling].1(ITEMS[item].0).starts_with('\\'));
        prop_assume!(!before.trim_end().ends_with(['€', '$', '£']) && !after.trim_start().starts_with(['€', '$', '£']));
        let spelled = SPELLINGS[spelling].1(ITEMS[item].0);
        let masked = mask(&format!("{before}{}{spelled}{}{after}", SEPARATORS[left], SEPARATORS[right]));
        prop_assert!(!masked.contains(&spelled) && !masked.contains("linnuke"), "{:?}", masked);
    }
}
