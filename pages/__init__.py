"""What all pages share: frame, forms, components, drawings. Knows no domain, only core."""
