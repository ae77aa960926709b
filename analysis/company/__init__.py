"""What a study and a tuning found, checked against one company and turned into its money."""
