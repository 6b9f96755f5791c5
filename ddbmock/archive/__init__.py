"""Tables in files: dumps of a database in AWS' export format, and loads of them."""
