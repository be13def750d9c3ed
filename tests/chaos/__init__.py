"""The fault suite: the real processes in a seeded storm, and a checker that compares what is left with git.

`python -m tests.chaos --seed N`, or `make chaos SEED=N`. The plan (what people do), the schedule (what goes wrong and
when) and the fate of each delivery follow from the seed; what the processes make of it depends on the machine, too.

plan.py, line.py     what people do, on which day
schedule.py          what goes wrong, and when
relay.py             between the stand-in GitHub and the receivers: deliveries lost, failed, repeated, late
proxy.py, points.py  between each worker and the stand-in: kills at named points
members.py           the processes; launch.py and sabotage.py run inside them
storm.py             one run, from the first commit to the figures
checker.py, read.py  compare issues and comments with `git rev-list`; import nothing of the product
"""
