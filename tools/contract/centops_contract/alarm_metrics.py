"""What an alarm of alarms.yaml watches, as lines of its properties: a metric, or an expression of several."""

import json


def of_metric(namespace: str, name: str, statistic: str, seconds: int, dimension: str = "") -> list[str]:
    """Returns the lines that watch a statistic of a metric. `statistic` is the property, such as `Statistic: Sum`."""
    dimensions = [f"Dimensions: [{dimension}]"] if dimension else []
    return [f"Namespace: {namespace}", f"MetricName: {name}", *dimensions, statistic, f"Period: {seconds}"]


def expression(text: str, stats: dict[str, str]) -> list[str]:
    """Returns the lines that watch an expression of `stats`, by the names that it has for them."""
    return [
        "Metrics:",
        f"  - {{Id: watched, Expression: {json.dumps(text)}}}",
        *(f"  - {{Id: {name}, ReturnData: false, MetricStat: {each}}}" for name, each in stats.items()),
    ]


def stat(namespace: str, name: str, statistic: str, dimension: str, seconds: int = 60) -> str:
    """Returns a statistic of a metric, for an expression."""
    dimensions = f", Dimensions: [{dimension}]" if dimension else ""
    watched = f"{{Namespace: {namespace}, MetricName: {name}{dimensions}}}"
    return f"{{Metric: {watched}, Period: {seconds}, Stat: {statistic}}}"


def answers(api: str, name: str, seconds: int = 60) -> str:
    """Returns the sum of a metric of the answers of `admin` or `network`, for an expression."""
    return stat("AWS/ApiGateway", name, "Sum", f"{{Name: ApiName, Value: !Sub '${{Stack}}-{api}'}}", seconds)


def share(api: str, failed: str, fewest: int, seconds: int = 60) -> list[str]:
    """Returns the lines that watch the share of answers that `failed` counts, in per cent; 0 with fewer requests."""
    stats = {"requests": answers(api, "Count", seconds), "failed": answers(api, failed, seconds)}
    return expression(f"IF(requests >= {fewest}, 100 * failed / requests, 0)", stats)
