"""Outside sign-in providers: OpenID Connect with a page on which somebody chooses who to be."""
