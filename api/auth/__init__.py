"""Who is there: sign-in, sessions, passwords, cross-site protection."""
