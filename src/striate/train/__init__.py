"""Training: one readable loop, its schedules and optimisers, what resuming needs, and the run folder."""
