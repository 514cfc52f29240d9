"""What may be kept as a document, and what is taken out of it first."""
