"""What a person reads: the summary of a run, and one message with everything known about it."""
