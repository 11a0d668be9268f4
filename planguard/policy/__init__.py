"""Rules as data: loading them, matching them against a plan, and the few that need code (`checks/`)."""
