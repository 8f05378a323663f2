"""Where documents come from: the text inside files and pages that people bring."""
