"""What every bench needs: fair pairs, figures with bounds, and a report that says what they are worth."""
