"""What reaches a program from outside, by one rule, and how a program says that it cannot go on.

| in `mlops.toml` | in the program |
|---|---|
| dataset `scans` | a folder, its path in `DATA_SCANS` |
| `name` in `[config.database]` | its text in `CONFIG_DATABASE_NAME`, and so each setting |
| secret `database` with the keys `username` and `password` | files, their paths in `SECRET_DATABASE_USERNAME_FILE` … |
| `DATABASE_HOST = { service = "database" }` in `env` | `DATABASE_HOST` |
| `port` | `PORT` |

There are no other places to look and no defaults: what is not there is an error.

Exit codes of every program: 0 done; 1 the world failed (a full disk, no database); 2 the environment is wrong; 3 the
data is missing or wrong; 143 stopped by SIGTERM. Each but the first comes with one line on stderr.
"""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn


class WorldFailed(Exception):
    """Something that may work another time."""


class WrongSetting(Exception):
    """The environment is not what the program needs."""


class WrongInput(Exception):
    """The data is not what the program needs."""


def run(main: Callable[[], None]) -> NoReturn:
    """Runs a program to its end and turns what went wrong into a line and an exit code."""
    signal.signal(signal.SIGTERM, lambda *_: give_up("stopped by SIGTERM", 143))
    try:
        main()
    except WrongSetting as error:
        give_up(str(error), 2)
    except WrongInput as error:
        give_up(str(error), 3)
    except WorldFailed as error:
        give_up(str(error), 1)
    except OSError as error:
        give_up(f"{error.strerror or error}: {error.filename}" if error.filename else str(error), 1)
    except Exception as error:  # A traceback could quote what stands in the header of an image.
        where = traceback.extract_tb(error.__traceback__)[-1]
        give_up(f"unexpected {type(error).__name__} at {Path(where.filename).name}:{where.lineno}", 1)
    sys.exit(0)


def give_up(why: str, code: int) -> NoReturn:
    print(f"error: {why}", file=sys.stderr, flush=True)
    sys.exit(code)


def variable(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise WrongSetting(f"{name} is not set")
    return value


def dataset(name: str) -> Path:
    """The folder of a dataset."""
    folder = Path(variable(f"DATA_{upper(name)}"))
    if not folder.is_dir():
        raise WrongSetting(f"DATA_{upper(name)}: {folder} is not a folder")
    return folder


def text(table: str, key: str) -> str:
    """One setting."""
    return variable(f"CONFIG_{upper(table)}_{upper(key)}")


def number(table: str, key: str, least: float, greatest: float) -> float:
    """One setting, as a number within bounds."""
    return within(f"CONFIG_{upper(table)}_{upper(key)}", least, greatest)


def port() -> int:
    return int(within("PORT", 1, 65535))


def within(name: str, least: float, greatest: float) -> float:
    value = variable(name)
    try:
        found = float(value)
    except ValueError:
        raise WrongSetting(f"{name}: `{value}` is not a number") from None
    if not least <= found <= greatest:
        raise WrongSetting(f"{name}: {value} is not between {least:g} and {greatest:g}")
    return found


def secret(name: str, key: str) -> str:
    """One value of a secret. It is read when it is needed, so a rotated one is found."""
    variable_name = f"SECRET_{upper(name)}_{upper(key)}_FILE"
    path = Path(variable(variable_name))
    try:
        value = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError):
        raise WrongSetting(f"{variable_name}: {path} cannot be read") from None
    if not value:
        raise WrongSetting(f"{variable_name}: {path} is empty")
    return value


def upper(name: str) -> str:
    return name.upper().replace("-", "_").replace(".", "_")
