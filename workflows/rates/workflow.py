"""Fetches the day's exchange rates and makes the quotes that prices are converted at.

    due ──> fetching ──> done
               ^  │ the source does not answer
               └──┘ an hour later, a few times

Without an answer the last rates make the quotes, for as long as a holiday may last; older ones make none, and prices
stay in each shop's own currency until there are new ones. A run that came late, or twice, only makes newer quotes.
"""

from temporalio import workflow

from workflows import policies
from workflows.rates.messages import WORKFLOW, RatesInput, RatesResult

with workflow.unsafe.imports_passed_through():
    from activities.rates import FetchRates, RateActivities


@workflow.defn(name=WORKFLOW)
class RatesWorkflow:
    @workflow.run
    async def run(self, start: RatesInput) -> RatesResult:
        tries = start.tries
        while True:
            fetched = await workflow.execute_activity_method(
                RateActivities.fetch,
                FetchRates(workflow.info().workflow_id),
                start_to_close_timeout=policies.RATES_FETCHED_WITHIN,
                retry_policy=policies.DATABASE,
            )
            tries -= 1
            if fetched.answered or tries <= 0:
                return RatesResult(day=fetched.day, quotes=fetched.quotes)
            await workflow.sleep(policies.RATES_ASKED_AGAIN_AFTER)
