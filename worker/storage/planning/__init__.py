"""Lists on their way into a campaign, and campaigns on their way to being planned."""
