"""Reads `tasks.yaml`: the city's twenty tasks and who owes them."""

from pathlib import Path

from ecredit.foundation.catalog.types import Task
from ecredit.foundation.catalog.yaml_nodes import FaultLog, Fields, read_fields


def load_tasks(root: Path, log: FaultLog) -> tuple[Task, ...]:
    """Return the tasks in order of their number."""
    fields = read_fields(root / "tasks.yaml", root, log)
    if fields is None:
        return ()
    tasks: dict[str, Task] = {}
    for part in fields.subs("tasks"):
        task = _read_task(part)
        if task.id in tasks:
            part.fault(
                "id",
                "duplicate_id",
                f"任务 {task.id} 写了两次；请删去一个",
                f"the task {task.id} is written twice; remove one",
            )
        tasks[task.id] = task
    fields.done()
    return tuple(sorted(tasks.values(), key=lambda task: task.number))


def _read_task(fields: Fields) -> Task:
    number = fields.whole("number")
    if number is None:
        fields.fault("number", "missing_key", "缺少 number；请补上", "number is missing; add it")
    task = Task(
        number=number or 0,
        id=fields.text("id"),
        title=fields.text("title"),
        text=fields.text("text"),
        sentences=fields.texts("sentences"),
        lead=fields.references("lead", "department"),
        cooperating=fields.references("cooperating", "department"),
        open_ended=fields.flag("open_ended", default=False),
    )
    fields.done()
    return task
