"""Security headers on every answer, and the session cookie that a route left in `request.state`. Pure ASGI: no copy of
the body, no task of its own."""

from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send


def content_security_policy(payment_pages: str, form_target: str = "") -> bytes:
    """No inline script or style. Forms may lead to the provider's payment page, because placing an order redirects;
    the page that asks about an app may lead back to that app (`form_target`)."""
    parts = urlsplit(payment_pages)
    directives = (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        f"form-action 'self' {parts.scheme}://{parts.netloc} {form_target}".rstrip(),
    )
    return "; ".join(directives).encode()


class ResponseHeaders:
    def __init__(self, app: ASGIApp, payment_pages: str, *, https: bool) -> None:
        self.app = app
        self._payment_pages = payment_pages
        self._policy = content_security_policy(payment_pages)
        self._always = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"strict-origin-when-cross-origin"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"cross-origin-resource-policy", b"same-origin"),
            (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=()"),
        ]
        if https:
            # Without `preload`: whoever owns the domain asks for that list, which is not left again for months.
            self._always.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["state"] = dict(scope.get("state") or {})  # what `request.state` writes to, for this request alone

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                cookie = scope["state"].get("cookie")
                if cookie is not None:
                    headers.append((b"set-cookie", cookie.encode("ascii")))
                # A page with somebody's name or cart on it stays out of shared caches. One that is sensitive is not
                # kept at all: whoever uses the browser next would find it behind the Back button.
                secret = cookie is not None or bool(scope["state"].get("secret"))
                if secret or not any(name.lower() == b"cache-control" for name, _ in headers):
                    headers = [header for header in headers if header[0].lower() != b"cache-control"]
                    headers.append((b"cache-control", b"no-store" if secret else b"private, no-cache"))
                target = scope["state"].get("form_target")
                policy = content_security_policy(self._payment_pages, target) if target else self._policy
                message["headers"] = [*headers, (b"content-security-policy", policy), *self._always]
            await send(message)

        await self.app(scope, receive, with_headers)
