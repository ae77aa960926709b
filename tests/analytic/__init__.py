"""Against closed forms, theory and other libraries."""
