"""Pages for people: server-rendered, mobile first, working without script. One folder an audience."""
