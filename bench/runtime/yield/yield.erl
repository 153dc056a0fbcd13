%% Two processes give way to each other: the time of one yield.
-module(yield).
-export([run/1]).

-define(TASKS, 2).

run(Count) ->
    All = latch:new(?TASKS),
    Took = figure:took(fun() ->
        [spawn_link(fun() -> yield(Count), latch:down(All) end) || _ <- lists:seq(1, ?TASKS)],
        latch:wait(All)
    end),
    figure:each("yield", ?TASKS * Count, Took).

yield(0) -> ok;
yield(Count) ->
    erlang:yield(),
    yield(Count - 1).
