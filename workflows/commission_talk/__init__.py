"""The process that tells one side of a conversation by mail that messages wait for it."""
