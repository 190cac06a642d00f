"""The grammar's own words, Chinese first: usage, headings of the help, and what is wrong with a command line."""

import argparse
import re
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final, NoReturn

# Words that many commands take, by the name argparse knows them by; a command that means something else says so itself.
_SHARED: Final[Mapping[str, str]] = {
    "batch": "批次编号 number of the batch",
    "branch": "分支的代码 code of the branch",
    "changes": "要改的列和新值，可重复 a column and its new value; may be repeated",
    "days": "有效天数 days it lasts",
    "file": "文件 the file",
    "files": "文件，可以是多个 one file or several",
    "host": "监听的地址 address to listen at",
    "id": "编号 number or id",
    "item": "待判项编号 number of the review item",
    "job": "任务编号 number of the job",
    "kind": "种类 its kind",
    "leaf": "条目编号，即 ecredit show 中的 # number of the entry, the # of ecredit show",
    "limit": "最多几项 at most so many",
    "line": "文件中的行号 line of the file",
    "login": "登录名 the login",
    "name": "名称 the name",
    "note": "备注，记入日志 a note; it is journaled",
    "one": "一个主体的代码 code of one subject",
    "organisation": "单位的编号或名称 id or name of the organisation",
    "other": "另一个主体的代码 code of the other",
    "out": "写到这个文件 write to this file",
    "parent": "上级的代码 code of the parent",
    "port": "端口 port",
    "reason": "理由，记入日志 why; it is journaled",
    "role": "角色的编号或名称 id or name of the role",
    "source": "数据源的编号或名称 id or title of the source (ecredit sources)",
    "state": "状态 only in this state",
    "subject": "主体的代码或 S 编号 a code, or S and a number",
    "uscc": "统一社会信用代码 unified social credit code",
    "version": "模型的第几版，如 enterprise/2 a version of a model such as enterprise/2",
    "workers": "工作进程数 worker processes",
}
_INTEGER: Final = "应为整数"
# What argparse says, and the same in Chinese; the last one takes what is left.
_FAULTS: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(pattern, re.S), said)
    for pattern, said in (
        (r"the following arguments are required: (.*)", "缺少：{0}"),
        (r"unrecognized arguments: (.*)", "不认识的参数：{0}"),
        (r"one of the arguments (.*) is required", "须给出其中一个：{0}"),
        (r"argument (.*?): invalid choice: (.*?) \(choose from (.*)\)", "{0} 没有 {1} 这一项，可用：{2}"),
        (r"argument (.*?): expected one argument", "{0} 后面要写一个值"),
        (r"argument (.*?): expected at least one argument", "{0} 后面至少要写一个值"),
        (r"argument (.*?): expected (\d+) arguments?", "{0} 后面要写 {1} 个值"),
        (r"argument (.*?): invalid int value: (.*)", f"{{0}} {_INTEGER}，不能是 {{1}}"),
        (r"argument (.*?): invalid \S+ value: (.*)", "{0} 不能是 {1}"),
        (r"argument (.*?): not allowed with argument (.*)", "{0} 不能与 {1} 同时使用"),
        (r"argument (.*?): ignored explicit argument (.*)", "{0} 后面不写值：{1}"),
        (r"ambiguous option: (.*?) could match (.*)", "{0} 写得不全，可能是 {1}"),
    )
)
_CHOICE: Final = re.compile(r"argument (.*?): invalid choice: (.*?) \(choose from (.*)\)", re.S)
_PREFIX: Final = "用法 usage: "
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")


class Parser(argparse.ArgumentParser):
    """A parser whose usage, help and errors are Chinese first. Its verbs are parsers of the same kind."""

    def __init__(self, **kwargs: Any) -> None:
        """As argparse; the headings are named before the parents' options come under them."""
        add_help, parents = kwargs.pop("add_help", True), kwargs.pop("parents", ())
        super().__init__(add_help=False, **kwargs)
        self._positionals.title = "参数 arguments"
        self._optionals.title = "选项 options"
        if add_help:
            self.add_argument("-h", "--help", action="help", help="显示这份说明 show this help and end")
        for parent in parents:
            self._add_container_actions(parent)

    def add_argument(self, *args: Any, **kwargs: Any) -> argparse.Action:
        """As argparse does; a word that many commands share gets its help from here."""
        action = super().add_argument(*args, **kwargs)
        if action.help is None:
            action.help = _SHARED.get(action.dest)
        return action

    def add_subparsers(self, **kwargs: Any) -> Any:
        """As argparse does, under a heading in both languages."""
        return super().add_subparsers(**{"title": "命令 commands", **kwargs})

    def format_usage(self) -> str:
        """The usage alone."""
        formatter = self._get_formatter()
        formatter.add_usage(self.usage, self._actions, self._mutually_exclusive_groups, _PREFIX)
        return formatter.format_help()

    def format_help(self) -> str:
        """The whole help."""
        formatter = self._get_formatter()
        formatter.add_usage(self.usage, self._actions, self._mutually_exclusive_groups, _PREFIX)
        formatter.add_text(self.description)
        for group in self._action_groups:
            formatter.start_section(group.title)
            formatter.add_text(group.description)
            formatter.add_arguments(group._group_actions)
            formatter.end_section()
        formatter.add_text(self.epilog)
        return formatter.format_help()

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, in both languages, and end with code 2."""
        self.print_usage(sys.stderr)
        self.exit(2, f"ecredit: {told(message)}\n")


def _nearest(word: str, choices: str) -> str:
    """Of the words one may choose from the one most like what was written; "" when none is much like it."""
    known = [choice.strip(" '") for choice in choices.split(",")]
    return next(iter(get_close_matches(word.strip("'"), known, n=1, cutoff=0.7)), "")


def told(message: str) -> str:
    """What argparse says of a wrong command line, as `中文 / English`; a sentence that has both stays as it is."""
    if _CHINESE.search(message) and " / " in message:
        return message.removeprefix("argument ")
    if (match := _CHOICE.fullmatch(message)) and (near := _nearest(match[2], match[3])):
        return f"{match[1]} 没有 {match[2]} 这一项，是不是 {near}？ / argument {match[1]}: no {match[2]}; did you mean {near}?"
    for pattern, said in _FAULTS:
        if match := pattern.fullmatch(message):
            return f"{said.format(*match.groups())} / {message}"
    return f"命令写得不对 / {message}"
