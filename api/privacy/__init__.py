"""What people have agreed to, and how long we keep what."""
