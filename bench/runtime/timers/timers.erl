%% Arms timers for times within an hour, 10,000 at once, and cancels all before they are due: the time of each.
-module(timers).
-export([run/1]).

-define(BATCH, 10000).

run(Count) ->
    Rounds = (Count + ?BATCH - 1) div ?BATCH,
    Times = [due(Number) || Number <- lists:seq(1, ?BATCH)],
    {Arming, Cancelling} = rounds(Rounds, Times, 0, 0),
    figure:each("arm", Rounds * ?BATCH, Arming),
    figure:each("cancel", Rounds * ?BATCH, Cancelling).

rounds(0, _, Arming, Cancelling) -> {Arming, Cancelling};
rounds(Left, Times, Arming, Cancelling) ->
    Begin = figure:clock(),
    Timers = [erlang:start_timer(Time, self(), late) || Time <- Times],
    Armed = figure:clock(),
    [erlang:cancel_timer(Timer, [{info, false}]) || Timer <- Timers],
    rounds(Left - 1, Times, Arming + Armed - Begin, Cancelling + figure:clock() - Armed).

%% Milliseconds in no order, a minute away at least.
due(Number) -> 60000 + Number * 7919 rem ?BATCH * 350.
