"""Our OAuth2 authorization server: apps that people allow, partners with tokens of their own."""
