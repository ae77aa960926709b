"""Pictures, comparisons and studies: reads results and never the model."""
