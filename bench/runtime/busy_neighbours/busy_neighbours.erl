%% A process sleeps for a millisecond, again and again, beside four that never wait: how late it wakes.
-module(busy_neighbours).
-export([run/1]).

-define(LOOPS, 4).

run(Count) ->
    [spawn_link(fun spin/0) || _ <- lists:seq(1, ?LOOPS)],
    Late = [figure:took(fun() -> timer:sleep(1) end) - 1000000 || _ <- lists:seq(1, Count)],
    figure:late("late", Late, 1.0e6, "ms").

%% Ends with the program.
spin() -> spin().
