"""Everything that would exist without a browser: time, tables, execution."""
