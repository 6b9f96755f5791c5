"""Tables in files: what a database holds, as AWS exports it, and back into any database."""
