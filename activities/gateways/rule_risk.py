"""The rule-based risk scorer behind the `RiskScorer` port."""

from models.ports import RiskFacts, RiskVerdict
from models.rules import risk


class RuleRisk:
    def score(self, facts: RiskFacts) -> RiskVerdict:
        return risk.score(facts)
