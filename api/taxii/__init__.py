"""TAXII 2.1 (OASIS Standard, 10 June 2021): collections that threat-intelligence tools poll."""
