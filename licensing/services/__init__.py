"""The acts on applications, cases, positions, decisions and licences."""
