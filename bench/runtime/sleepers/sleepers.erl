%% Many processes sleep for times between a millisecond and a second: how late they wake.
-module(sleepers).
-export([run/1]).

run(Count) ->
    Self = self(),
    [spawn_link(fun() -> sleep(Self, rand:uniform(1000)) end) || _ <- lists:seq(1, Count)],
    figure:late("late", [receive {late, Late} -> Late end || _ <- lists:seq(1, Count)], 1.0e3, "us").

sleep(Owner, Wanted) ->
    Took = figure:took(fun() -> timer:sleep(Wanted) end),
    Owner ! {late, Took - Wanted * 1000000}.
