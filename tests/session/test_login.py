"""Signing in with the identity provider, through the console's origin, and the attacks on it."""

import uuid
from urllib.parse import quote, urlencode

import pytest
import requests

from centops_local import steps
from centops_local.polling import wait_until

from browser import KATI, MARY, Browser, query_of


@pytest.fixture
def browser(stack) -> Browser:
    return Browser(stack.instance)


def is_signed_in(browser: Browser) -> bool:
    return browser.session().status_code == 200


def expect_refused(browser: Browser, answer: requests.Response) -> None:
    """Expects that `answer` leads back to the console, and signed nobody in."""
    assert (answer.status_code, answer.headers["Location"]) == (302, "/?login=refused"), answer.text
    assert "__Host-session" not in answer.headers.get("Set-Cookie", "")
    assert "__Host-session" not in browser.cookies and not is_signed_in(browser)


def test_first_administrator_signs_in_renews_and_signs_out(browser):
    assert browser.session().status_code == 401
    answer = browser.sign_in(MARY, "/chatbots?status=Offline")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/chatbots?status=Offline")
    assert set(browser.cookies) == {"__Host-session"}
    session = steps.expect(browser.session(), 200).json()
    assert (session["roles"], session["name"].split()[0]) == (["admin"], "MARY")
    assert MARY not in str(session)
    renewed = steps.expect(browser.send("POST", "/api/session/renewal"), 200).json()
    assert renewed["idleUntil"] >= session["idleUntil"] and renewed["endsAt"] == session["endsAt"]
    steps.expect(browser.get("/api/chatbots"), 200)

    stolen = dict(browser.cookies)
    steps.expect(browser.send("DELETE", "/api/session"), 204)
    assert browser.cookies == {}
    browser.cookies = stolen
    # The gateway may answer from its cache for a minute.
    wait_until("the session is over", lambda: browser.session().status_code == 401, 90)


def test_person_without_grants_is_signed_in_and_may_do_nothing(browser):
    browser.sign_in(KATI)
    assert steps.expect(browser.session(), 200).json()["roles"] == []
    assert browser.get("/api/chatbots").status_code == 403


def test_page_and_headers_are_those_of_the_console(browser):
    for path in ("/", "/chatbots/tax-chat", "/incidents?active=true"):
        page = steps.expect(browser.get(path), 200)
        assert '<div id="console">' in page.text, path
    headers = page.headers
    assert "require-trusted-types-for 'script'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer"
    assert browser.get("/assets/never-built.js").status_code in (403, 404)


def test_page_of_the_api_keeps_its_own_policy(browser):
    page = browser.get(f"/api/subscriptions/{uuid.uuid4().hex}/unsubscription?token=wrong")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8", page.text
    assert "style-src 'sha256-" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Frame-Options"] == "DENY"


#: Paths that must not be returned to.
FOREIGN_PATHS = [
    "https://attacker.example", "//attacker.example", "///attacker.example", "/\\attacker.example", "\\\\attacker.example",
    "/\tattacker.example", "/\n/attacker.example", "javascript:alert(1)", "chatbots", "", "/ a", "/a\r\nSet-Cookie: b=c",
    "/" + "a" * 512,
]  # fmt: skip


@pytest.mark.parametrize("path", FOREIGN_PATHS)
def test_login_returns_to_no_other_host(browser, path):
    answer = browser.get(f"/api/session/login?{urlencode({'return': path})}")
    assert answer.status_code == 400, answer.headers
    assert browser.cookies == {}


def test_answer_to_another_attempt_signs_nobody_in(stack, browser):
    """Login CSRF: an attacker sends a victim the answer to their own question."""
    attacker = Browser(stack.instance)
    path = attacker.choose(attacker.begin(), KATI)
    for victim in (browser, Browser(stack.instance)):
        if victim is browser:
            victim.begin()
        expect_refused(victim, victim.get(path))


def test_attempt_is_good_for_one_answer(stack, browser):
    cookies = {}
    path = browser.choose(browser.begin(), MARY)
    cookies = dict(browser.cookies)
    assert browser.get(path).status_code == 302
    replay = Browser(stack.instance)
    replay.cookies = cookies
    expect_refused(replay, replay.get(path))


@pytest.mark.parametrize(
    "change",
    [
        {"state": ""}, {"state": "x" * 43}, {"state": None}, {"code": "never-issued"}, {"code": None},
        {"code": None, "error": "user_cancel"}, {"error": "server_error", "code": None},
    ],
)  # fmt: skip
def test_changed_answer_signs_nobody_in(browser, change):
    path = browser.choose(browser.begin(), MARY)
    query = {name: value for name, value in {**query_of(path), **change}.items() if value is not None}
    expect_refused(browser, browser.get(f"/api/session/callback?{urlencode(query)}"))


@pytest.mark.parametrize("parameter", ["code", "state"])
def test_repeated_parameter_signs_nobody_in(browser, parameter):
    path = browser.choose(browser.begin(), MARY)
    expect_refused(browser, browser.get(f"{path}&{parameter}={quote(query_of(path)[parameter])}"))


#: Cookies of an attempt that a browser did not get from us.
COOKIES = [
    {}, {"__Host-login": ""}, {"__Host-login": "x"}, {"__Host-login": "A" * 43}, {"__Host-login": "A" * 43 + "."},
    {"__Host-login": "A" * 43 + ".Ly9hdHRhY2tlci5leGFtcGxl"}, {"login": "own"}, {"__host-login": "own"}, {"__Secure-login": "own"},
]  # fmt: skip


@pytest.mark.parametrize("cookies", COOKIES)
def test_other_cookie_signs_nobody_in(browser, cookies):
    path = browser.choose(browser.begin(), MARY)
    own = browser.cookies.pop("__Host-login")
    browser.cookies = {name: own if value == "own" else value for name, value in cookies.items()}
    expect_refused(browser, browser.get(path))


def test_two_cookies_of_an_attempt_sign_nobody_in(stack, browser):
    """Another site of the domain may have added one. At the API itself: CloudFront may make one of both."""
    path = browser.choose(browser.begin(), MARY).removeprefix("/api")
    own = browser.cookies.pop("__Host-login")
    headers = {"Cookie": f"__Host-login={own}; __Host-login={own}"}
    expect_refused(browser, requests.get(stack.admin_url + path, headers=headers, allow_redirects=False, timeout=30))


#: Values of the session's cookie that are no session.
TOKENS = ["", "x", "centops_", "centops_" + "A" * 43, "centops_" + "A" * 44, "CENTOPS_" + "A" * 43, "../people", "eyJhbGciOiJub25lIn0.e30."]


@pytest.mark.parametrize("token", TOKENS)
def test_other_token_is_no_session(browser, token):
    browser.cookies = {"__Host-session": token}
    assert browser.session().status_code in (401, 403)


def test_session_that_an_attacker_chose_is_not_taken(browser):
    """Session fixation: signing in makes a new session, whatever the browser had."""
    browser.cookies["__Host-session"] = chosen = "centops_" + "B" * 43
    browser.sign_in()
    assert browser.cookies["__Host-session"] != chosen and is_signed_in(browser)


def test_authorization_header_of_a_page_is_not_passed_on(stack, browser):
    token = stack.issuer.token("admin@example.ee", ["admin"])
    assert browser.get("/api/session", Authorization=f"Bearer {token}").status_code == 401


@pytest.mark.parametrize("origin", [None, "https://attacker.example", "null", "http://127.0.0.1"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_change_from_another_site_is_refused(stack, browser, method, origin):
    browser.sign_in()
    headers = {"Cookie": f"__Host-session={browser.cookies['__Host-session']}"}
    headers |= {"Origin": origin} if origin else {}
    answer = requests.request(method, f"{browser.console}/api/session", headers=headers, timeout=30)
    assert answer.status_code == 403
    assert is_signed_in(browser)
