"""Who may do what with an application, a case, a position, a decision, a licence."""
