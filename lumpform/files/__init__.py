"""Files of any format: put in place whole or not at all, archives read as data, and what a file may ask for."""
