"""How people get in and stay in: the seams between the sign-in libraries and our people."""
