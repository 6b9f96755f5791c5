"""Data plane: items, keys, reads, index entries and their capacity, as AWS divides DynamoDB."""
