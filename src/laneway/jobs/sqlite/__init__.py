"""The embedded engine: jobs in a SQLite file, brought to workers by DBOS Transact. Needs the extra `jobs`."""
