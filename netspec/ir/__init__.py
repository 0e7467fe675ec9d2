"""The typed graph: shapes, nodes, blocks, the verifier."""
