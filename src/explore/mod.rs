//! E-graph, saturation, the k best candidates, proofs.
