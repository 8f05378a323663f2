"""What RQ runs. A job takes ids and calls one verb; retrying is the row's business, not RQ's."""
