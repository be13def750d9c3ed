"""What a day of landings would cost to have read: its prompts, compared with its diffs as they are.

    bench_prompts.py [CLONE DAY]     without: the day of the last commit of this repository

Tokens are our own estimate, from above: a server counts fewer (`GHAPP_TOKENIZER` counts as it does).
"""

import secrets
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from analysis.assess import assess
from analysis.prompt import PromptOptions, budget_for, prompt_for
from analysis.tokens import estimate
from ghapp.asking import prompt_texts
from ghapp.clone import Clone
from ghapp.report import day_bounds
from ghapp.secrets_scan import redacted

#: Of a million tokens, read and written; and what an answer has.
PRICES, ANSWER = (0.50, 2.00), 600


def main() -> None:
    """Print both sums and their ratio."""
    clone = Clone(Path(sys.argv[1] if sys.argv[1:] else Path(__file__).parent.parent))
    branch = clone.default_branch()
    last = next(iter(clone.commits([clone.resolve(branch)])))
    day = date.fromisoformat(sys.argv[2]) if sys.argv[2:] else last.committed_at.astimezone(UTC).date()
    _, names = clone.landed_between(branch, *day_bounds(day, UTC))
    started, prompts, whole = datetime.now(UTC), [], 0
    for change in clone.changes(names):
        assessment = assess(change)
        budget = budget_for(change, assessment)
        options = PromptOptions(boundary=secrets.token_hex(12), redact=redacted, language="en", budget=budget)
        prompts.append(prompt_for(change, assessment, prompt_texts(), options))
        whole += sum(estimate(file.patch or "") for file in change.files)
    read = sum(prompt.tokens for prompt in prompts)
    cost = (read * PRICES[0] + len(prompts) * ANSWER * PRICES[1]) / 1e6
    seconds = (datetime.now(UTC) - started).total_seconds()
    print(f"{len(prompts)} commits on {day} (UTC), prompts made in {seconds:.1f} s")
    print(f"prompts {read:,} tokens, {read // max(1, len(prompts)):,} each; the diffs as they are {whole:,}")
    print(
        f"ratio {read / max(1, whole):.2f}; at {PRICES[0]} read and {PRICES[1]} written for a million: {cost:.2f} a day"
    )


if __name__ == "__main__":
    main()
