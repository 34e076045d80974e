"""What a researcher needs around the labels: agreement of coders, validation of a model, sequences of codes."""
