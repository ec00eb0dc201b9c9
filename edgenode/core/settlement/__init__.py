"""What is owed and when, what was paid, and the breaks between the two."""
