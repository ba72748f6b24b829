"""From the English sources to catalogues of messages, and from translated catalogues to notebooks and pages."""
