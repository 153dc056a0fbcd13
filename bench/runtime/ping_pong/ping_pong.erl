%% Two processes send a number to and fro: the time of a round trip.
-module(ping_pong).
-export([run/1]).

run(Count) ->
    Pong = spawn_link(fun pong/0),
    figure:each("round_trip", Count, figure:took(fun() -> ping(Pong, 0, Count) end)).

ping(_, Count, Count) -> ok;
ping(Pong, Value, Count) ->
    Pong ! {self(), Value},
    receive {Pong, Next} -> ping(Pong, Next, Count) end.

pong() ->
    receive
        {From, Value} ->
            From ! {self(), Value + 1},
            pong()
    end.
