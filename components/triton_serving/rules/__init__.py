"""Pure decisions: names, messages, facts. Imports the standard library only."""
