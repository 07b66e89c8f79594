"""Write what the database holds as tables for people to `reports`.

`volumetry.csv` has a line for each measured series, `weeks.csv` one for each week of the study dates, and
`rejected.csv` one for each reason. The same database gives the same bytes.

Environment: `DATA_REPORTS`, and that of `migrate.py`. Exit codes: see `settings.py`.
"""

import csv
import io

import database
import settings
from files import write_whole

TABLES = {
    "volumetry": """
        select s.series_uid, s.patient, s.study_date, s.slices, m.lung_ml, m.bone_ml
        from measurement m join series s using (series_uid)
        order by s.study_date nulls last, s.series_uid
    """,
    "weeks": """
        select to_char(s.study_date, 'IYYY-"W"IW') as week, count(*) as series,
               round(avg(m.lung_ml)::numeric, 1) as mean_lung_ml, round(avg(m.bone_ml)::numeric, 1) as mean_bone_ml
        from measurement m join series s using (series_uid)
        where s.study_date is not null
        group by week order by week
    """,
    "rejected": """
        select reason, count(*) as series from series where state = 'rejected' group by reason order by reason
    """,
}


def main() -> None:
    reports = settings.dataset("reports")
    with database.connect(read_only=True) as connection:
        # One view of the data for all tables, whatever is written meanwhile.
        connection.execute("set transaction isolation level repeatable read")
        for name, query in TABLES.items():
            cursor = connection.execute(query)
            columns = [it.name for it in cursor.description]
            text = io.StringIO()
            table = csv.DictWriter(text, columns, lineterminator="\n")
            table.writeheader()
            table.writerows(cursor)
            write_whole(reports / f"{name}.csv", text.getvalue().encode())
            print(f"{name}={cursor.rowcount}", flush=True)


if __name__ == "__main__":
    settings.run(main)
