"""What all command lines share: reading, folders, one-line errors, numbers and names as people read them."""
