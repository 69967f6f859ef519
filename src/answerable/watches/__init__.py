"""watches: an ad is looked out for before anybody names it.

Owns     Watch, its terms, the small index of ads beside the contact index, what matched.
Emits    WatchAsked, then Started or Refused, Renewed, Ended, Searched; WatchMatched.
Imports  access, events, kernel. Never another chapter: contacts are read by a callable handed in.
Start at service.AskWatch; what agrees with what is in decide, who hears which event in hearing.
"""
