"""What summaries cost and saved, how often they were read, and how long people waited for them.

The figures come from two places only: the ledger, a line for each call, and the counts of reads. All of them are
micro-dollars and UTC, like these.
"""
