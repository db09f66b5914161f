"""Places to post to, one file each."""
