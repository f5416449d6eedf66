"""What figures and HTML tables have in common."""
