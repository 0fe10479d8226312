"""fisherax."""
