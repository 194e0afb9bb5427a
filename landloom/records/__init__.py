"""Results on record: collected, looked through and split."""
