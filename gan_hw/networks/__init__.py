"""Generators and discriminators: DCGAN's, and others to compare with."""
