"""The room of writing: where results are made, and how they become visible (`output`)."""
