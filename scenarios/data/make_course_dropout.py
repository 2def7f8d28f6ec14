"""Makes `course_dropout.parquet`, one row an event, from two tables of the Open University Learning Analytics dataset.

    pip install pandas pyarrow
    python make_course_dropout.py FOLDER [--all TARGET.csv]

FOLDER holds `oulad_registrations.csv` (code_module, code_presentation, id_student, date_registration,
date_unregistration) and `oulad_assessments.csv` (id_assessment, id_student, date_submitted, is_banked, score).

Rules:
- A user is a registration: a student on a module in a presentation. Its number is the rank of the course (module and
  presentation, by name) times ten million plus the student's number, so that it never changes and a student's
  registrations are all odd or all even.
- Registrations that were cancelled before the course began, or on its first day, are left out: nobody was there yet.
- Days count from the course's start. Who registered before it enters on day 0, who registered later on that day.
- Which course an assessment belongs to is not in these tables: it is the one in which the largest share of those who
  submitted it are registered; assessments with fewer than 20 submissions are left out.
- Submissions carried over from an earlier course (banked), or after leaving, are left out; one before entering counts
  when the user enters.
- Days become dates of a nominal year that starts on 2013-10-01: entering at 08:00, submitting at 12:00, leaving at 20:00.
- The extract holds students of whose number the SHA-256 is below a share; `--all` writes everybody as CSV.
"""

import hashlib
import sys
from pathlib import Path

import pandas

SHARE = 0.165
START = pandas.Timestamp("2013-10-01", tz="UTC")
TARGET = Path(__file__).with_name("course_dropout.parquet")


def registrations(folder):
    """Registrations that were there when the course began, or came later."""
    rows = pandas.read_csv(folder / "oulad_registrations.csv")
    rows["course"] = rows.code_module + " " + rows.code_presentation
    ranks = {course: rank for rank, course in enumerate(sorted(rows.course.unique()))}
    rows["registration"] = rows.course.map(ranks) * 10_000_000 + rows.id_student
    rows["enters"] = pandas.to_numeric(rows.date_registration, errors="coerce").fillna(0).clip(lower=0)
    stayed_a_day = rows.date_unregistration.isna() | (rows.date_unregistration > rows.enters)
    return rows[stayed_a_day]


def submissions(folder, registered):
    """Submissions with the registration that they belong to."""
    rows = pandas.read_csv(folder / "oulad_assessments.csv")
    rows = rows[rows.is_banked == 0]
    pairs = rows.merge(registered, on="id_student")
    there = pairs.groupby(["id_assessment", "course"]).size().rename("n").reset_index()
    there = there.sort_values(["id_assessment", "n", "course"]).drop_duplicates("id_assessment", keep="last")
    course = there[there.n >= 20].set_index("id_assessment").course
    pairs = pairs[pairs.course == pairs.id_assessment.map(course)]
    before_leaving = pairs.date_unregistration.isna() | (pairs.date_submitted <= pairs.date_unregistration)
    return pairs[before_leaving]


def events(folder):
    """One row an event: entered, submitted, left."""
    registered = registrations(folder)
    submitted = submissions(folder, registered)
    left = registered[registered.date_unregistration.notna()]
    tables = [
        registered.assign(event="entered", day=registered.enters, hour=8, score=None),
        submitted.assign(event="submitted", day=submitted[["date_submitted", "enters"]].max(axis=1), hour=12),
        left.assign(event="left", day=left.date_unregistration, hour=20, score=None),
    ]
    columns = ["registration", "id_student", "course", "event", "day", "hour", "id_assessment", "score"]
    rows = pandas.concat([table.reindex(columns=columns) for table in tables], ignore_index=True)
    rows["at_utc"] = START + pandas.to_timedelta(rows.day * 24 + rows.hour, unit="h")
    rows["module"] = rows.course.str[:3]
    rows["score"] = pandas.to_numeric(rows.score)
    rows = rows.sort_values(["at_utc", "registration", "id_assessment"], na_position="first")
    rows["ordinal"] = rows.groupby("registration").cumcount()
    return rows


def chosen(student):
    """Whether a student is in the extract."""
    return int(hashlib.sha256(str(student).encode()).hexdigest()[:8], 16) < SHARE * 2**32


def main():
    folder = Path(sys.argv[1])
    rows = events(folder)
    columns = "registration at_utc ordinal event course module score".split()
    if "--all" in sys.argv:
        rows["at_utc"] = rows.at_utc.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
        rows[columns].to_csv(sys.argv[sys.argv.index("--all") + 1], index=False)
        return
    rows = rows[rows.id_student.map(chosen)][columns]
    for column in ("registration", "ordinal"):
        rows[column] = rows[column].astype("int64" if column == "registration" else "int32")
    rows["score"] = rows.score.astype("float32")
    rows["at_utc"] = rows.at_utc.astype("datetime64[ms, UTC]")
    rows.to_parquet(TARGET, compression="gzip", index=False)


if __name__ == "__main__":
    main()
