"""Reads `departments.yaml`: who they are today, what they were called, into whom they were merged."""

from pathlib import Path

from ecredit.foundation.catalog.spelling import spelled
from ecredit.foundation.catalog.types import Department, FormerName, Task
from ecredit.foundation.catalog.yaml_nodes import FaultLog, Fields, Place, read_fields


def load_departments(
    root: Path, log: FaultLog, tasks: tuple[Task, ...]
) -> tuple[dict[str, Department], dict[str, str]]:
    """Return the departments by id, and every accepted form of a name → id.

    Which tasks a department leads or supports is read off the tasks: it is written once.
    """
    departments: dict[str, Department] = {}
    index: dict[str, str] = {}
    fields = read_fields(root / "departments.yaml", root, log)
    if fields is None:
        return departments, index
    city = fields.text("city")
    for part in fields.subs("departments"):
        department = _read_department(part, tasks)
        if department.id in departments:
            part.fault(
                "id",
                "duplicate_id",
                f"部门 {department.id} 写了两次；请改名或删去一个",
                f"the department {department.id} is written twice; rename or remove one",
            )
        departments[department.id] = department
        _index_names(department, city, index, part.at("name"), log)
    fields.done()
    _check_mergers(departments, log, fields.place)
    return departments, index


def name_forms(name: str, city: str) -> set[str]:
    """Return the forms in which a name is accepted: as written, and with the city's name long or short.

    常州市商务局 and 市商务局 are the same.
    """
    forms = {name}
    if city and name.startswith(city):
        forms.add(city[-1] + name[len(city) :])
    elif city and name.startswith(city[-1]):
        forms.add(city[:-1] + name)
    return {spelled(form) for form in forms}


def _index_names(
    department: Department, city: str, index: dict[str, str], place: Place, log: FaultLog
) -> None:
    names = {department.name, *(former.name for former in department.names)}
    for form in sorted({form for name in names for form in name_forms(name, city)}):
        other = index.setdefault(form, department.id)
        if other != department.id:
            log.add(
                place,
                "duplicate_name",
                f"名称 {form} 同时属于部门 {other} 和 {department.id}；请只留一处",
                f"the name {form} belongs to both {other} and {department.id}; keep one",
            )


def _check_mergers(departments: dict[str, Department], log: FaultLog, place: Place) -> None:
    for department in departments.values():
        seen = {department.id}
        target = department.merged_into
        while target in departments:
            if target in seen:
                log.add(
                    place,
                    "merger_circle",
                    f"部门 {department.id} 的 merged_into 绕成一圈；请更正",
                    f"merged_into of {department.id} goes in a circle; put it right",
                )
                break
            seen.add(target)
            target = departments[target].merged_into


def _read_department(fields: Fields, tasks: tuple[Task, ...]) -> Department:
    written_id = fields.text("id")
    merged_into = fields.maybe_text("merged_into")
    if merged_into is not None:
        fields.log.refer("department", merged_into, fields.at("merged_into"))
    department = Department(
        id=written_id,
        name=fields.text("name"),
        names=tuple(_read_name(part) for part in fields.subs("names")),
        kind=fields.maybe_text("kind") or "department",
        merged_into=merged_into,
        role=fields.text("role"),
        tasks_lead=tuple(task.number for task in tasks if written_id in task.lead),
        tasks_coop=tuple(task.number for task in tasks if written_id in task.cooperating),
        verified=fields.flag("verified"),
        merged_on=fields.day("merged_on"),
        note=fields.maybe_text("note") or "",
    )
    fields.done()
    return department


def _read_name(fields: Fields) -> FormerName:
    valid_from, valid_to = fields.period()
    name = FormerName(
        name=fields.text("name"),
        valid_from=valid_from,
        valid_to=valid_to,
        verified=fields.flag("verified"),
        when=fields.maybe_text("when") or "",
    )
    fields.done()
    return name
