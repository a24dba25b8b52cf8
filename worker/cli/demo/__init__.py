"""The command `loa demo`: the main job, from a messy list to a delivery report, checked number by number."""
