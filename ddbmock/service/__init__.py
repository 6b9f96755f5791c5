"""The service: requests in, answers out, over one database."""
