"""The stage that looks for dead links and withdrawn papers."""
