"""The job table: leaving work, claiming it, listing it, and what analysis and recomputation jobs carry."""
