"""Acts on shipments, on what is said of their delivery, and on checks before they leave."""
