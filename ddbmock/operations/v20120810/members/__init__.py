"""Members that the families of operations share: of requests, of answers, and expressions."""
