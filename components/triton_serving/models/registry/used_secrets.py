"""The secrets that were used at one registry, so that none of them shows should a server repeat it."""


class UsedSecrets:
    def __init__(self) -> None:
        self._all: set[str] = set()

    def keep(self, *secrets: str) -> None:
        self._all.update(filter(None, secrets))

    def hide(self, text: str) -> str:
        for secret in sorted(self._all, key=len, reverse=True):  # one may be a part of another
            text = text.replace(secret, "***")
        return text
