"""Jobs on a schedule: how one is started, and the files for cron, systemd and GitHub."""
