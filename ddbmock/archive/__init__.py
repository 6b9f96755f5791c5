"""Tables in files: dumps of a database in AWS's export format, and loads of these."""
