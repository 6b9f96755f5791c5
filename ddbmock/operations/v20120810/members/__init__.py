"""Members of inputs and outputs that several families of operations share, and expressions."""
