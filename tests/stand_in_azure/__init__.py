"""A stand-in for Azure behind Pulumi's provider `azure-native`: for tests and rehearsals, never for users.

It takes what the real provider takes (`server`), turns it into Azure's requests by Azure's own models (`models`,
`bodies`), judges them as Azure does (`checks`, `rules_*`), and keeps what was made in a folder (`storage`).
"""
