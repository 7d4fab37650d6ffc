"""alarms.yaml: the nested stack with the alarms and the dashboard, and what template.yaml passes to it.

It is a stack of its own because CloudFormation takes 500 resources a stack.
"""

import json

from . import watching
from .table_units import Declared
from .watching import Watched

_HEADER = """\
# Generated from contract/metrics.yaml by `make contract`. Do not edit.
AWSTemplateFormatVersion: '2010-09-09'
Description: Alarms and dashboard of CentOps. Nested stack of template.yaml.
"""


def passed(watched: Watched) -> list[str]:
    """Returns the parameters of the nested stack, as lines of template.yaml."""
    return [f"{name}: {value}" for name, (_, value) in _parameters(watched).items()]


def text(watched: Watched, declared: Declared) -> str:
    """Returns alarms.yaml. `declared` are the units of the table."""
    parameters = [
        f"{name}: {{Type: String, Description: {json.dumps(description)}}}"
        for name, (description, _) in _parameters(watched).items()
    ]
    dashboard = [
        "Dashboard:",
        "  Type: AWS::CloudWatch::Dashboard",
        "  Properties:",
        "    DashboardName: !Sub ${Stack}-overview",
        f"    {watching.dashboard_body(watched)}",
    ]
    # A gradual deployment looks at alarms by their names, which CloudFormation chooses.
    names = [f"{alarm.name}: {{Value: !Ref {alarm.name}}}" for alarm in watched.alarms]
    sections = {
        "Parameters": parameters,
        "Resources": [*watching.alarm_lines(watched, declared), "", *dashboard],
        "Outputs": names,
    }
    return "\n".join([_HEADER, "\n\n".join(_section(name, lines) for name, lines in sections.items()), ""])


def _section(name: str, lines: list[str]) -> str:
    return "\n".join([f"{name}:", *(f"  {line}" if line else "" for line in lines)])


def _parameters(watched: Watched) -> dict[str, tuple[str, str]]:
    """Returns the description of each parameter, and its value in template.yaml."""
    queues = dict.fromkeys(name for alarm in watched.alarms for name in (alarm.grows, alarm.age) if name)
    return {
        "Stack": ("Name of the parent, which is part of the names that alarms watch.", "!Ref AWS::StackName"),
        "OperationsTopic": ("ARN of the topic that gets alarms.", "!Ref OperationsTopic"),
        "Table": ("Name of the table.", "!Ref Table"),
        **{name: ("Name of the queue.", f"!GetAtt {name}.QueueName") for name in queues},
    }
