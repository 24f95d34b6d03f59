"""What `tnsim run` and `tnsim plan` do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tnsim.base.errors import BudgetError, TnsimError
from tnsim.runtime import Result

from .activity import Activity
from .curves import check_curves, draw_curves
from .failures import require
from .output import say
from .preparing import Prepared, prepare
from .report_json import plan_report, refusal_report, run_report, to_json
from .report_text import answer_text, circuit_text, forecast_text
from .request import Request

__all__ = ["answer", "forecast"]


def answer(
    request: Request, *, as_json: bool, output: Path | None, plot: Path | None, progress: bool
) -> None:
    """Plan, tell the forecast, run, tell the answer."""
    if plot is not None:
        _check_plot(request)
    with Activity(enabled=progress) as activity:
        prepared = prepare(request, activity, values=True)
    if plot is not None:
        check_curves(prepared)
    say(circuit_text(prepared), err=as_json)
    say("\nforecast", heading=True, err=as_json)
    say(forecast_text(prepared), err=as_json)
    with Activity(enabled=progress) as activity:
        result = _run(prepared, activity)
    if as_json:
        say(to_json(run_report(prepared, result)))
    else:
        say("\nanswer", heading=True)
        say(answer_text(prepared, result))
    if output is not None:
        result.save(output)
        say(f"saved {output}", err=True)
    if plot is not None:
        draw_curves(plot, prepared, result)
        say(f"drew {plot}", err=True)


def forecast(request: Request, *, gradient: bool, as_json: bool, progress: bool) -> None:
    """Plan and tell the forecast."""
    try:
        with Activity(enabled=progress) as activity:
            prepared = prepare(request, activity, values=False, gradient=gradient)
    except BudgetError as error:
        if as_json:
            say(to_json(refusal_report(error)))
        raise
    if as_json:
        say(to_json(plan_report(prepared)))
        return
    say(circuit_text(prepared))
    say("\nforecast", heading=True)
    say(forecast_text(prepared))


def _run(prepared: Prepared, activity: Activity) -> Result:
    activity.stage("contracting")
    workers, values = prepared.request.workers, prepared.sweep.arrays
    if workers == 1:
        return prepared.program(values, progress=activity)
    pool = ThreadPoolExecutor(workers)
    try:
        return prepared.program(values, executor=pool, progress=activity)
    finally:
        # After an error or Ctrl-C the slices that have not begun are dropped, and those at work
        # are not waited for.
        pool.shutdown(wait=False, cancel_futures=True)


def _check_plot(request: Request) -> None:
    require("matplotlib", "--plot", "plot")
    if not any(setting.is_swept for setting in request.param):
        raise TnsimError(
            "--plot draws a sweep, but no parameter has several values; "
            "add a range such as --param theta=0:1.57:33"
        )
