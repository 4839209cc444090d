"""Where the week goes besides the forge: mail, chat, a static site, heartbeats, metrics."""
