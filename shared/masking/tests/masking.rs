//! Examples of masked and of unchanged texts.

use centops_masking::mask;

/// Checks that each text is masked as expected, and that masking is idempotent.
fn assert_masked(cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .map(|(text, expected)| (text, mask(text), expected))
        .filter(|(_, masked, expected)| masked != *expected)
        .map(|(text, masked, expected)| format!("{text:?} became {masked:?}, not {expected:?}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (text, _) in cases {
        let masked = mask(text);
        assert_eq!(mask(&masked), masked, "masked twice: {text:?}");
    }
}

/// Checks that no text changes.
fn assert_unchanged(texts: &[&str]) {
    assert_masked(&texts.iter().map(|text| (*text, *text)).collect::<Vec<_>>());
}

#[test]
fn masks_personal_codes() {
    assert_masked(&[
        ("60001019906", "[personal code]"),
        ("Mari küsib, isikukood 60001019906.", "Mari küsib, isikukood [personal code]."),
        ("isikukood60001019906õ", "isikukood[personal code]õ"),
        ("PNOEE-37605030299", "PNOEE-[personal code]"),
        (r#"{"code":"37605030299","n":1}"#, r#"{"code":"[personal code]","n":1}"#),
        (r#"{\"code\":37605030299}"#, r#"{\"code\":[personal code]}"#),
        ("/persons/37605030299?full=1", "/persons/[personal code]?full=1"),
        ("q=Mari%2037605030299%20", "q=Mari%20[personal code]%20"),
        ("q=t%C3%B537605030299", "q=t%C3%B5[personal code]"),
        (r"t\u00f537605030299", r"t\u00f5[personal code]"),
        ("LIKE '%37605030299%'", "LIKE '%[personal code]%'"),
        ("376 0503 0299", "[personal code]"),
        ("376050-30299", "[personal code]"),
        ("3-760503-029-9", "[personal code]"),
        ("37605030299 60001019906,47101010033", "[personal code] [personal code],[personal code]"),
        ("12 37605030299 5123456", "12 [personal code] [phone]"),
        ("2026-11-21 09:30 37605030299", "2026-11-21 09:30 [personal code]"),
    ]);
}

#[test]
fn leaves_numbers_that_are_no_personal_code() {
    assert_unchanged(&[
        "60001019907",
        "37613030299",
        "137605030299",
        "376050302991",
        "1795253456123",
        "order 10000000000",
        "1 2 3 4 5 6 7 8 9 10 11",
    ]);
}

#[test]
fn masks_email_addresses() {
    assert_masked(&[
        ("mari@example.ee", "[e-mail]"),
        ("Kirjutas mari.maasikas+bot@example.co.uk, siis", "Kirjutas [e-mail], siis"),
        ("<mari@example.ee>", "<[e-mail]>"),
        ("jüri.õun@näide.ee", "[e-mail]"),
        ("почта@пример.рф", "[e-mail]"),
        ("a@xn--nide-loa.xn--p1ai", "[e-mail]"),
        ("mailto:mari@example.ee?subject=x", "mailto:[e-mail]?subject=x"),
        ("/users?email=mari%40example.ee&page=2", "/users?email=[e-mail]&page=2"),
        (r#"{"to":"o'brien_1@mail.example.ee"}"#, r#"{"to":"[e-mail]"}"#),
        (r#"{\"to\":\"mari@example.ee\"}"#, r#"{\"to\":\"[e-mail]\"}"#),
        ("„mari@example.ee”", "„[e-mail]”"),
        ("mari@example.ee.", "[e-mail]."),
        ("to: a@b.ee;c@d.ee", "to: [e-mail];[e-mail]"),
        ("mari@[192.0.2.1]", "[e-mail]"),
        ("amqp://user:pass@mq.example.ee:5672", "amqp://user:[e-mail]:5672"),
    ]);
    assert_unchanged(&["@", "user@", "@example.ee", "a @ b.ee", "react@18.2.0", "meet @ noon", "@Override fun x()"]);
}

#[test]
fn masks_phone_numbers() {
    assert_masked(&[
        ("+37251234567", "[phone]"),
        ("+372 5123 4567", "[phone]"),
        ("+372-512-3456", "[phone]"),
        ("(+372) 512 3456", "([phone]"),
        ("0037251234567", "[phone]"),
        ("00372 5123 4567", "[phone]"),
        ("37251234567@", "[phone]@"),
        ("tel 372 612 3456", "tel [phone]"),
        ("helista 5123456!", "helista [phone]!"),
        ("õ5123456ä", "õ[phone]ä"),
        ("51234567", "[phone]"),
        ("5123 4567", "[phone]"),
        ("512-3456", "[phone]"),
        ("51 234 567", "[phone]"),
        ("612 3456", "[phone]"),
        ("6 123 456", "[phone]"),
        ("tel:6123456", "tel:[phone]"),
        ("5123456, 5234567; 53 456 789", "[phone], [phone]; [phone]"),
        (r#"{"phone":"5123456","id":7}"#, r#"{"phone":"[phone]","id":7}"#),
        ("?phone=%2B3725123456&x=1", "?phone=[phone]&x=1"),
        ("q=%205123456", "q=%20[phone]"),
        ("+44 20 7946 0958", "[phone]"),
        ("+1 (555) 123-4567", "[phone]"),
        ("+358401234567.", "[phone]."),
        ("+372 5123 4567 12:30", "[phone] 12:30"),
        ("5123456 2026-11-21", "[phone] 2026-11-21"),
    ]);
}

#[test]
fn leaves_numbers_that_are_no_phone_number() {
    assert_unchanged(&[
        "2026-11-21T09:30:56.5123456Z",
        "2026-11-21 09:30:56,123",
        "20261121093056",
        "1795253456",
        "1795253456123",
        "12-05-2026 09:30",
        "09:30:56+02:00",
        "09:30:56 +0200",
        "1.0.0+20130313144700",
        "1.0.0-rc.1+5123456",
        "v5123456",
        "5.123.4567",
        "f47ac10b-58cc-4372-a567-0e02b2c3d479",
        "51234567-5123-4567-8123-512345678901",
        "5123456.78",
        "5 123 456,78 €",
        "5 123 456 EUR",
        "€ 5123456",
        "0.5123456",
        "6291456 bytes",
        "5123456ms",
        "5f5123456",
        "404 500 503",
        "took 5123 ms, 17 of 250",
        "4194304",
        "1234567",
        "123456789",
        "line 12:34",
        "10.0.19041.5123",
    ]);
}

#[test]
fn masks_tokens_and_passwords() {
    assert_masked(&[
        ("Bearer abcdef", "Bearer [token]"),
        ("bearer 8f3a-._~+/==, next", "bearer [token], next"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer [token]"),
        ("authorization: Basic dXNlcjpwYXNz", "authorization: Basic [token]"),
        (r#"{"Authorization": "Bearer abc", "a": 1}"#, r#"{"Authorization": "Bearer [token]", "a": 1}"#),
        (r#"{\"authorization\":\"abc\"}"#, r#"{\"authorization\":\"[token]\"}"#),
        ("eyJhbGciOi.eyJzdWIi.c2ln", "[token]"),
        ("xeyJhbGciOi.eyJzdWIi.c2ln.", "x[token]."),
        ("?access_token=abc&x=1", "?access_token=[token]&x=1"),
        ("?state=1&token=a%20b#top", "?state=1&token=[token]#top"),
        ("api_key=abc api-key=def apikey: 7f9c2ba4", "api_key=[token] api-key=[token] apikey: [token]"),
        ("X-Api-Key: abz277.BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc", "X-Api-Key: [token]"),
        (r#"{"apiKey":"abz277.BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc"}"#, r#"{"apiKey":"[token]"}"#),
        ("Authorization: YWJ6Mjc3OkJ3Y0hCd2NIQndjSEJ3Y0hCd2NI", "Authorization: [token]"),
        ("X-Api-Key: 7f9c2ba4", "X-Api-Key: [token]"),
        (r#"{"refresh_token":"a b\"c","n":1}"#, r#"{"refresh_token":"[token]","n":1}"#),
        (r#"{\"token\":\"ab\/c\",\"n\":1}"#, r#"{\"token\":\"[token]\",\"n\":1}"#),
        (r#"{"token":12345,"n":1}"#, r#"{"token":[token],"n":1}"#),
        ("password='my pass' user=x", "password='[token]' user=x"),
        ("PASSWORD => \"hunter2\"", "PASSWORD => \"[token]\""),
        ("client_secret = hunter", "client_secret = [token]"),
        ("token=[token]", "token=[token]"),
    ]);
    assert_unchanged(&[
        "Unexpected token: comma",
        "the bearer token is missing",
        "max_tokens=256",
        "token",
        "password reset sent",
        "an authorization was refused",
        r#"{"token":null}"#,
        "the eyJob ran",
    ]);
}

#[test]
fn masks_ip_addresses() {
    assert_masked(&[
        ("192.0.2.1", "[ip]"),
        ("from 192.0.2.1:8080, twice", "from [ip], twice"),
        ("http://192.0.2.1:80/x?y=10.0.0.1", "http://[ip]/x?y=[ip]"),
        ("192.168.001.010", "[ip]"),
        ("10.0.0.0/8", "[ip]/8"),
        ("q=%2010.0.0.1", "q=%20[ip]"),
        ("õ10.0.0.1õ", "õ[ip]õ"),
        ("10.0.0.1.", "[ip]."),
        (r#"{"ip":"2001:db8::1"}"#, r#"{"ip":"[ip]"}"#),
        ("::1", "[ip]"),
        ("fe80::1%eth0 up", "[ip] up"),
        // The zone of the first has the beginning of the second.
        ("2001:db8::1%eyJ.2001:db8::1 up", "[ip] up"),
        ("fe80::1%a.fe80::2%b.fe80::3 up", "[ip] up"),
        ("2001:db8:0:0:0:0:0:1", "[ip]"),
        ("2001:DB8::A:B", "[ip]"),
        ("::ffff:192.0.2.1", "[ip]"),
        ("64:ff9b::192.0.2.33", "[ip]"),
        ("https://[2001:db8::1]:443/", "https://[ip]/"),
        ("client:2001:db8::1: refused", "client:[ip]: refused"),
        ("/2001:db8:0:0:0:0:0:1:443", "/[ip]:443"),
        ("2001:db8::1.", "[ip]."),
        ("at 12:30:45 from 2001:db8::1", "at 12:30:45 from [ip]"),
    ]);
    assert_unchanged(&[
        "12:30:45",
        "2026-11-21T09:30:56.123Z",
        "1.2.3",
        "v1.2.3.4",
        "1.2.3.4.5",
        "300.1.1.1",
        "10.0.19041.1",
        "std::net::add",
        "a :: b",
        "aa:bb:cc:dd:ee:ff",
        "main.rs:12:34: error",
        "10:ec:35:02:56:4f:89:79:0e:9b:21:c8:95:8b",
    ]);
}

#[test]
fn masks_data_next_to_masked_data() {
    assert_masked(&[
        ("5123456eyJa.b", "[phone][token]"),
        ("token=abc&5123456@x.ee,60001019906", "token=[token]&[e-mail],[personal code]"),
    ]);
}

#[test]
fn masks_long_texts_of_repeated_prefixes() {
    for (piece, marker) in [("a@b.ee ", "[e-mail] "), ("60001019906,", "[personal code],"), ("::1 ", "[ip] ")] {
        assert_eq!(mask(&piece.repeat(1000)), marker.repeat(1000));
    }
    for start in ["eyJ", "token=\"", "a@", "1.", ":", "1 ", "%20", "+", "a:", "%25", "\\", "token=%22", "&#38;", "%37"]
    {
        let text = start.repeat(8192 / start.len());
        assert_eq!(mask(&mask(&text)), mask(&text), "{start}");
    }
}
