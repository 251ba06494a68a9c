"""What is done next on one member: wanted and observed become Actions."""
