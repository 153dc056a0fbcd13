%% Processes that end at once, a hundred at a time: the time to start one, run it and see its end.
-module(tasks).
-export([run/1]).

-define(BATCH, 100).

run(Count) ->
    Rounds = (Count + ?BATCH - 1) div ?BATCH,
    figure:each("task", Rounds * ?BATCH, figure:took(fun() -> rounds(Rounds) end)).

rounds(0) -> ok;
rounds(Left) ->
    Self = self(),
    start(?BATCH, fun() -> Self ! ended end),
    see_end(?BATCH),
    rounds(Left - 1).

start(0, _) -> ok;
start(Left, Body) ->
    spawn(Body),
    start(Left - 1, Body).

see_end(0) -> ok;
see_end(Left) ->
    receive ended -> see_end(Left - 1) end.
