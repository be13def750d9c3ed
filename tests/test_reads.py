import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from ghapp import ranges, reads
from ghapp.demo.sample import SampleCommit, make_repository
from ghapp.github import MissingError
from tests.client import GitHubSide


@pytest.fixture(scope="module")
def side(redis_url, tmp_path_factory):
    with GitHubSide(redis_url, tmp_path_factory.mktemp("served")) as made:
        yield made


@pytest.fixture(autouse=True)
def _well_behaved(side):
    yield
    side.control("/_behaviour", zero_rows=False)


def opened(side, served, base=0, head=1, **more):
    """The pull request from one of the commits made to another, as it is read."""
    ends = {"base_sha": served.names[base], "head_sha": served.names[head]}
    number = side.control("/_pull", repository=served.full_name, **ends, **more)["number"]
    return reads.pull(side.client, served.id, number)


def lines(count, word="line"):
    return "".join(f"{word} {number}\n" for number in range(count))


def wide(count, each):
    """A first commit, and one that adds `count` files of `each` lines."""
    files = {f"src/{number:04d}.py": lines(each, f"x{number}") for number in range(count)}
    return [SampleCommit("Begin", {"README.md": "# Begin\n"}), SampleCommit("Add much", files)]


def test_a_pull_request(side):
    made = [SampleCommit("Begin", {"a.py": "a = 1\n"}), SampleCommit("Work\n\nOn it.", {"a.py": "a = 2\n"})]
    served = side.serve("pull", made)
    found = opened(side, served, user="ann", draft=True)
    assert (found.title, found.body, found.author, found.draft, found.open) == ("Work", "On it.", "ann", True, True)
    assert (found.base_sha, found.head_sha) == tuple(served.names)
    assert found.repository == reads.repository(side.client, served.id)
    assert reads.pull_change(side.client, found).files == served.clone.change(served.names[1], served.names[0]).files


def test_a_deleted_account_and_a_deleted_fork(side):
    served = side.serve("ghost", wide(1, 1))
    found = opened(side, served, user=None, head_repository=None)
    assert (found.author, found.bot) == ("", False)


def test_files_over_several_pages_are_all_there_in_order(side):
    served = side.serve("pages", wide(250, 2))
    change = reads.pull_change(side.client, opened(side, served))
    assert change.files == served.clone.change(served.names[1], served.names[0]).files
    assert not change.truncated


@pytest.mark.parametrize(("count", "each"), [(120, 300), (30, 1_500), (12, 3_000), (3, 8_000)])
def test_rows_that_github_emptied_are_read_again(side, count, each):
    served = side.serve(f"zero-rows-{count}", wide(count, each))
    side.control("/_behaviour", zero_rows=True)
    change = reads.pull_change(side.client, opened(side, served))
    assert change.added == count * each
    assert change.files == served.clone.change(served.names[1], served.names[0]).files


def test_small_files_that_are_really_empty_cost_nothing(side):
    served = side.serve("empty", [SampleCommit("Begin", {"a": "1\n"}), SampleCommit("Add", {"b": "", "c": ""})])
    found = opened(side, served)
    before = side.client.requests
    assert [file.added for file in reads.pull_change(side.client, found).files] == [0, 0]
    assert side.client.requests - before == 1


def test_beyond_3000_files_it_says_so(side):
    served = side.serve("bound", wide(3_050, 1))
    change = reads.pull_change(side.client, opened(side, served))
    assert (len(change.files), change.truncated) == (3_000, True)
    landed = reads.landed_commit(side.client, served.id, served.names[1]).change
    assert (len(landed.files), landed.truncated) == (3_000, True)
    assert landed.files == change.files


def test_a_commit_against_its_first_parent(side):
    made = [
        SampleCommit("Begin", {"a": "1\n"}),
        SampleCommit("Side", {"b": "1\n"}, author="renovate[bot]"),
        SampleCommit("Main", {"c": "1\n"}, parents=(0,)),
        SampleCommit("Merge\n\nBody.", {"b": "1\n"}, parents=(2, 1)),
    ]
    served = side.serve("commit", made)
    root, by_bot, _, merge = (reads.landed_commit(side.client, served.id, name).change for name in served.names)
    assert ([file.path for file in merge.files], merge.parents) == (["b"], 2)
    assert (merge.title, merge.body) == ("Merge", "Body.")
    assert (root.parents, by_bot.bot) == (0, True)


def test_no_address_is_read(side):
    served = side.serve("address", [SampleCommit("Begin", {"a": "1\n"}, author="Ann Example")])
    (landed,) = ranges.commits_between(side.client, served.id, None, served.names[0]).first_parents
    change = reads.landed_commit(side.client, served.id, served.names[0]).change
    assert (landed.author, change.author) == ("Ann Example", "Ann Example")
    assert "example.org" not in repr((landed, change))


HISTORY = [
    SampleCommit("0 root", {"a": "0\n"}),
    SampleCommit("1", {"a": "1\n"}),
    SampleCommit("2 side", {"s": "2\n"}, parents=(0,)),
    SampleCommit("3 side", {"s": "3\n"}),
    SampleCommit("4 merge", {"s": "3\n"}, parents=(1, 3)),
    SampleCommit("5", {"a": "5\n"}),
    # A foxtrot merge: work from before is the first parent, the branch as it was the second.
    SampleCommit("6 own", {"o": "6\n"}, parents=(4,)),
    SampleCommit("7 own", {"o": "7\n"}),
    SampleCommit("8 foxtrot", {"a": "5\n"}, parents=(7, 5)),
    SampleCommit("9 octopus", {"x": "9\n"}, parents=(8, 3, 5)),
    SampleCommit("10 forced", {"f": "10\n"}, parents=(1,)),
]


@pytest.fixture(scope="module")
def history(side):
    return side.serve("history", HISTORY)


@pytest.mark.parametrize(
    ("base", "head"), [(0, 1), (1, 4), (0, 5), (4, 5), (5, 8), (1, 9), (5, 9), (3, 4), (9, 10), (5, 5), (8, 5)]
)
def test_a_range_is_what_git_says(side, history, base, head):
    base_sha, head_sha = history.names[base], history.names[head]
    found = ranges.commits_between(side.client, history.id, base_sha, head_sha)
    arguments = ["rev-list", "--first-parent", "--reverse", f"{base_sha}..{head_sha}"]
    said = subprocess.run(["git", "-C", history.clone.path, *arguments], capture_output=True, text=True, check=True)
    assert [commit.commit_sha for commit in found.first_parents] == said.stdout.split()
    assert found.reached == frozenset(history.clone.between(base_sha, head_sha))


def test_a_range_after_a_force_push_begins_at_the_merge_base(side, history):
    found = ranges.commits_between(side.client, history.id, history.names[5], history.names[10])
    assert found.base_sha == history.names[1]


def test_a_range_between_histories_that_share_nothing_is_the_whole_new_one(side):
    made = [SampleCommit("Begin", {"a": "1\n"}), SampleCommit("Anew", {"b": "1\n"}, parents=())]
    served = side.serve("unrelated", [*made, SampleCommit("More", {"b": "2\n"})])
    found = ranges.commits_between(side.client, served.id, served.names[0], served.names[2])
    assert [commit.commit_sha for commit in found.first_parents] == served.names[1:]
    assert found.base_sha is None


def test_a_range_from_the_root(side, history):
    found = ranges.commits_between(side.client, history.id, None, history.names[9])
    assert [commit.commit_sha for commit in found.first_parents] == history.clone.first_parents(None, history.names[9])
    assert found.base_sha is None


def test_a_long_range_with_dates_that_fall(side):
    start = datetime(2026, 1, 5, tzinfo=UTC)
    made = [
        SampleCommit(f"Number {n}", {"a": f"{n}\n"}, at=start - timedelta(minutes=n) if n else start)
        for n in range(320)
    ]
    served = side.serve("long", made)
    found = ranges.commits_between(side.client, served.id, served.names[0], served.names[-1])
    assert [commit.commit_sha for commit in found.first_parents] == served.names[1:]
    assert found.first_parents[0].committed_at == int((start - timedelta(minutes=1)).timestamp())


@pytest.mark.parametrize("branch", ["release#1", "100%25", "a/b", "größe"])
def test_the_head_of_a_branch_whatever_its_name(side, branch):
    path = side.folder / f"branch-{len(branch)}.git"
    (name,) = make_repository(path, [SampleCommit("Begin", {"a": "1\n"})], branch)
    there = side.world.add_repository(f"acme/branch-{len(branch)}", path)
    assert ranges.branch_head(side.client, there.repository_id, branch) == name


def test_what_is_not_there(side, history):
    with pytest.raises(MissingError):
        ranges.commits_between(side.client, history.id, "1" * 40, history.names[1])
    with pytest.raises(MissingError):
        reads.pull(side.client, history.id, 999)
    assert ranges.branch_head(side.client, history.id, "nowhere") is None
    assert ranges.branch_head(side.client, history.id, "main") == history.names[-1]
    assert ranges.first_parent(side.client, history.id, history.names[0]) is None
    assert ranges.first_parent(side.client, history.id, history.names[8]) == history.names[7]
