"""Make the tables of the database, where they are not there yet: the step before every program that writes to it.

Environment: `DATABASE_HOST`, `CONFIG_DATABASE_NAME`, `CONFIG_DATABASE_PORT`, `CONFIG_DATABASE_CONNECT_SECONDS`,
`SECRET_DATABASE_USERNAME_FILE`, `SECRET_DATABASE_PASSWORD_FILE`. Exit codes: see `settings.py`.
"""

import database
import settings

if __name__ == "__main__":
    settings.run(database.migrate)
