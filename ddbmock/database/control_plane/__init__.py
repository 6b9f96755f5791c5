"""Control plane: tables, indexes and their settings, as AWS divides DynamoDB."""
