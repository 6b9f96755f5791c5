"""Verification: compare ddbmock's answers with those of DynamoDB, or of any server of its API.

``ddbmock verify`` sends the golden vectors to an endpoint; ``pytest --ddbmock-verify`` sends it the
requests of a project's own tests. Both work on tables with a prefix of their own, which they
delete at the end.
"""
