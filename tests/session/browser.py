"""A browser as far as signing in needs one: cookies, redirects one by one, the origin of the console."""

from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from centops_local.instance import Instance

MARY, KATI = "EE60001019906", "EE30303039914"


class Browser:
    """A browser that is at the console of an instance."""

    def __init__(self, instance: Instance):
        self.console = instance.url("console")
        self.identity = instance.url("identity")
        self.cookies: dict[str, str] = {}

    def get(self, address: str, **headers: str) -> requests.Response:
        """Opens an address, without following where it leads."""
        return self.send("GET", address, **headers)

    def send(self, method: str, address: str, body: dict | None = None, **headers: str) -> requests.Response:
        """Sends a request of the page to a path of the console, or to another address without its cookies."""
        is_own = address.startswith("/")
        if is_own:
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), **headers}
            if method not in ("GET", "HEAD"):
                headers = {"Origin": self.console, **headers}
        url = self.console + address if is_own else address
        answer = requests.request(method, url, headers=headers, json=body, allow_redirects=False, timeout=30)
        if is_own or address.startswith(self.console):
            self._keep(answer)
        return answer

    def begin(self, back: str = "/", language: str = "et") -> str:
        """Begins to sign in. Returns the address of the identity provider."""
        answer = self.get(f"/api/session/login?{urlencode({'return': back, 'language': language})}")
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def choose(self, address: str, subject: str) -> str:
        """Chooses who to be at the identity provider. Returns the path of the console that it leads back to."""
        page = self.get(address)
        assert page.status_code == 200, page.text
        chosen = self.get(address.replace("/oidc/authorize?", "/choose?") + f"&subject={subject}")
        assert chosen.status_code == 302, chosen.text
        return chosen.headers["Location"].removeprefix(self.console)

    def sign_in(self, subject: str = MARY, back: str = "/") -> requests.Response:
        """Signs in. Returns the answer that leads back to the page."""
        return self.get(self.choose(self.begin(back), subject))

    def session(self) -> requests.Response:
        """Asks for the session."""
        return self.get("/api/session")

    def _keep(self, answer: requests.Response) -> None:
        for line in answer.raw.headers.getlist("Set-Cookie"):
            for name, cookie in SimpleCookie(line).items():
                assert cookie["httponly"] and cookie["secure"] and cookie["path"] == "/" and not cookie["domain"], line
                if cookie["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = cookie.value


def query_of(address: str) -> dict[str, str]:
    """Returns the query of an address, each name once."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
