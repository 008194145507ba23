"""Tables of the frame itself: dictionaries, pictures and what else belongs to no subsystem."""
