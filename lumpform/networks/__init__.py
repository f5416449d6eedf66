"""Hold neural networks on the shared graph: the model, its exact and float forward pass, its files."""
