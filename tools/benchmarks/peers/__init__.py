"""Programs by others, each behind the few verbs that an area measures."""
