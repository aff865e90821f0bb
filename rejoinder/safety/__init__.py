"""Safety: what people hand to the operator and what the operator decides. The operator reads nothing else."""
