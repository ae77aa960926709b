"""Pictures, words, memo and pages: the only room that draws or writes for people."""
