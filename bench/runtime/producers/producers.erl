%% Four processes send numbers to a fifth, which adds them up: messages in a second.
-module(producers).
-export([run/1]).

-define(PRODUCERS, 4).

run(Each) ->
    Self = self(),
    Sum = ?PRODUCERS * Each * (Each - 1) div 2,
    Took = figure:took(fun() ->
        [spawn_link(fun() -> produce(Self, 0, Each) end) || _ <- lists:seq(1, ?PRODUCERS)],
        Sum = consume(?PRODUCERS * Each, 0)
    end),
    figure:print("messages", ?PRODUCERS * Each * 1.0e3 / Took, "M/s").

produce(_, Each, Each) -> ok;
produce(Consumer, Value, Each) ->
    Consumer ! Value,
    produce(Consumer, Value + 1, Each).

consume(0, Sum) -> Sum;
consume(Left, Sum) ->
    receive Value -> consume(Left - 1, Sum + Value) end.
