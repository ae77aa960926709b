"""The bridge from Hydra's YAML files and overrides to validated parameters."""
