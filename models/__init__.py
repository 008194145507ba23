"""The domain: tables and the rules over them. Imports nothing of app, views or reports."""
