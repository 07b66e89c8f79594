"""What reaches a program from outside, by one rule, and how a program says that it cannot go on.

| in `mlops.toml` | in the program |
|---|---|
| dataset `features` | a folder, its path in `DATA_FEATURES` |
| `lr` in `[config.train]` | its text in `CONFIG_TRAIN_LR`; the whole table as a JSON file, its path in `CONFIG_TRAIN` |
| secret `deid-salt` with one key | a file, its path in `SECRET_DEID_SALT_FILE` |
| `port` | `PORT` |
| `parallelism` | `JOB_COMPLETION_INDEX` of `JOB_COMPLETIONS` |
| `distributed` | `MASTER_ADDR`, `MASTER_PORT`, `NNODES`, `NODE_RANK` |
| `checkpoint` | `CHECKPOINT_EVERY`, in seconds |

There are no other places to look and no defaults: what is not there is an error.

Exit codes of every program: 0 done; 1 the world failed (a full disk, a lost node); 2 the environment is wrong;
3 the data is missing or wrong; 143 stopped by SIGTERM. Each but the first comes with one line on stderr.
"""

import json
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


def whole_number(name: str, least: int, greatest: int) -> int:
    value = variable(name)
    if not value.isdecimal() or not least <= int(value) <= greatest:
        raise WrongSetting(f"{name}: `{value}` is not a whole number from {least} to {greatest}")
    return int(value)


def dataset(name: str) -> Path:
    """The folder of a dataset."""
    folder = Path(variable(f"DATA_{upper(name)}"))
    if not folder.is_dir():
        raise WrongSetting(f"DATA_{upper(name)}: {folder} is not a folder")
    return folder


def config(table: str) -> dict[str, object]:
    """All settings of a table, from its file."""
    name = f"CONFIG_{upper(table)}"
    path = Path(variable(name))
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WrongSetting(f"{name}: there is no {path}") from None
    except ValueError:
        raise WrongSetting(f"{name}: {path} is not JSON") from None
    if not isinstance(values, dict):
        raise WrongSetting(f"{name}: {path} is not a table")
    return values


def number(table: str, key: str, least: float, greatest: float) -> float:
    """One setting, from its variable."""
    name = f"CONFIG_{upper(table)}_{upper(key)}"
    return within(name, variable(name), least, greatest)


def within(name: str, value: object, least: float, greatest: float) -> float:
    try:
        found = float(value)
    except (TypeError, ValueError):
        raise WrongSetting(f"{name}: `{value}` is not a number") from None
    if not least <= found <= greatest:
        raise WrongSetting(f"{name}: {value} is not between {least:g} and {greatest:g}")
    return found


def secret(name: str, least: int) -> bytes:
    """The value of a secret with one key, of at least so many bytes."""
    variable_name = f"SECRET_{upper(name)}_FILE"
    path = Path(variable(variable_name))
    try:
        value = path.read_bytes().rstrip(b"\r\n")
    except OSError as error:
        raise WrongSetting(f"{variable_name}: {path} cannot be read: {error.strerror}") from None
    if len(value) < least:
        raise WrongSetting(f"{variable_name}: the value is shorter than {least} bytes")
    return value


def port() -> int:
    return whole_number("PORT", 1, 65535)


def shard() -> tuple[int, int]:
    """Which part of the work is ours, and how many parts there are."""
    parts = whole_number("JOB_COMPLETIONS", 1, 100_000)
    return whole_number("JOB_COMPLETION_INDEX", 0, parts - 1), parts


def upper(name: str) -> str:
    return name.upper().replace("-", "_")
