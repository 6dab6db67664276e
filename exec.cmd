@rem `exec` for Windows, whose shell has none: package.json asks the others' shell to leave, so that npm's signals reach the server.
@%*
