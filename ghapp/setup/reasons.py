"""Why the App asks for each permission and each event of `app.yml`, as the set-up page shows it."""

PERMISSIONS = {
    "metadata": "Every App has it: names of repositories, and who may write to them.",
    "contents": "Reads commits and their changes, to judge them; reads .github/ghapp.yml. Nothing is ever pushed.",
    "pull_requests": "Reads pull requests and writes their card.",
    "issues": "Writes the daily digest, which is an issue, and the card, which is a comment.",
}
EVENTS = {
    "pull_request": "A pull request has something new for its card, or was merged.",
    "push": "Commits landed on the default branch.",
    "issue_comment": "Somebody wrote a command such as /ghapp review.",
    "repository": "A repository was renamed, transferred or archived, or has another default branch.",
}
