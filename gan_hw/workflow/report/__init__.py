"""Pages for a browser: the report of a run, the leaderboard of several."""
