%% Waits until so many processes have said that they are there: a message from each would be memory of its own.
-module(latch).
-export([new/1, down/1, wait/1]).

new(Count) ->
    Left = atomics:new(1, []),
    atomics:put(Left, 1, Count),
    {Left, self()}.

down({Left, Owner}) ->
    case atomics:sub_get(Left, 1, 1) of
        0 -> Owner ! Left;
        _ -> ok
    end.

wait({Left, _}) ->
    receive Left -> ok end.
