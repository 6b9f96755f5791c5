"""Global tables: several regions in one database."""
