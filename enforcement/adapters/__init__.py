"""Messages in the shapes of other people's systems, read and written without a database."""
