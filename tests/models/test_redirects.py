"""Where a code may be sent: what an administrator may enter, and what then fits it."""

import pytest

from models.rules.redirects import belongs_to_its_app, fits, form_target, why_not


@pytest.mark.parametrize(
    "uri",
    [
        "https://loom.example/back",
        "https://loom.example:8443/back?from=us",
        "https://loom.example",
        "http://127.0.0.1/back",
        "http://127.0.0.1:8080/back",
        "http://[::1]/back",
        "com.example.loom:/back",
        "com.example.loom://back",
    ],
)
def test_may_be_entered(uri: str) -> None:
    assert why_not(uri) is None
    assert fits(uri, uri)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "loom.example",
        "loom.example/back",
        "com.example.loom:",
        "loom:/back",
        "Com.Example:/back",
        "javascript:alert(1)",
        "data:text/html,x",
        "https:",
        "https://",
        "https:///back",
        "https://user@loom.example/",
        "https://*.example/",
        "https://LOOM.example/",
        "HTTPS://loom.example/",
        "https://loom.example/#part",
        "https://loom.example:0/",
        "https://loom.example:99999/",
        "https://loom.example;script-src/",
        "https://loom.example, https://evil.example",
        "https://loom.example/a b",
        "https://loom.example/\r\nX: y",
        "https://loom.example/é",
        "http://loom.example/back",
        "http://localhost/back",
        "http://127.0.0.1.evil.example/",
        "http://127.0.0.1@evil.example/",
        "http://127.0.0.2/back",
        "https://" + "x" * 300,
    ],
)
def test_may_not_be_entered(uri: str) -> None:
    assert why_not(uri) is not None


@pytest.mark.parametrize(
    ("registered", "asked", "expected"),
    [
        ("http://127.0.0.1/back", "http://127.0.0.1:53211/back", True),
        ("http://127.0.0.1:80/back", "http://127.0.0.1/back", True),
        ("http://[::1]/back", "http://[::1]:53211/back", True),
        ("http://127.0.0.1/back", "http://[::1]:53211/back", False),
        ("http://127.0.0.1/back", "http://127.0.0.1:53211/back/more", False),
        ("http://127.0.0.1/back", "http://127.0.0.1:53211/back?more", False),
        ("http://127.0.0.1/back", "http://127.0.0.1:53211/back#part", False),
        ("http://127.0.0.1/back", "http://127.0.0.1:0/back", False),
        ("http://127.0.0.1/back", "http://127.0.0.1:65536/back", False),
        ("http://127.0.0.1/back", "http://127.0.0.1:1@evil.example/back", False),
        ("http://127.0.0.1/back", "https://127.0.0.1:1/back", False),
        ("https://loom.example/back", "https://loom.example:443/back", False),
        ("https://loom.example/back", "https://loom.example/back/", False),
        ("com.example.loom:/back", "com.example.loom:/back/more", False),
    ],
)
def test_fits_to_the_letter_but_for_a_loopback_port(registered: str, asked: str, expected: bool) -> None:
    assert fits(registered, asked) is expected


@pytest.mark.parametrize(
    ("uri", "source"),
    [
        ("https://loom.example:8443/back", "https://loom.example:8443"),
        ("http://127.0.0.1:53211/back", "http://127.0.0.1:53211"),
        ("http://[::1]:53211/back", "http:"),
        ("com.example.loom:/back", "com.example.loom:"),
    ],
)
def test_a_policy_names_it(uri: str, source: str) -> None:
    assert form_target(uri) == source
    assert belongs_to_its_app(uri) is uri.startswith("https:")
